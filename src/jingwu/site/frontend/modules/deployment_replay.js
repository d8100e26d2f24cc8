// A simulated day on the map: calls appear, crews drive, work and are free again; the text timeline goes along.
import { TINTS, drawGround } from "./deployment_map.js";
import { node } from "./svg.js";
import { fill, gettext } from "./words.js";

const part = document.querySelector("[data-replay]");
if (part) start(JSON.parse(document.getElementById(part.dataset.replay).textContent));

function start(data) {
  const ground = drawGround(part.querySelector("[data-replay-map]"), data.map);
  const slider = part.querySelector("[data-time]");
  const clock = part.querySelector("[data-clock]");
  const play = part.querySelector("[data-play]");
  const speed = part.querySelector("[data-speed]");
  const log = part.querySelector("[data-log]");
  const told = part.querySelector("[data-now]");
  const { day } = data;
  const at = (place) => ground.at([place[0], place[1]]);
  for (const own of ground.shapes.values()) own.shape.setAttribute("fill", TINTS.even);
  const posts = data.map.offices.map((office, place) => ({ ...ground.discs.get(office.id), crews: day.posts[place][3] }));
  let now = 0;
  let timer = null;
  let last = 0;

  const marks = day.calls.map((call) => {
    const [x, y] = at(day.areas[call.area]);
    return { call, x, y, dot: node("circle", { class: "call", hidden: "" }, ground.over), units: call.crews.map((crew) => ({ crew, way: node("path", { class: "way", hidden: "" }, ground.over), dot: node("circle", { class: "unit", hidden: "" }, ground.over) })) };
  });

  function draw(isFollowed = true) {
    const unit = ground.unit;
    const busy = posts.map(() => 0);
    let waiting = 0;
    let going = 0;
    let working = 0;
    for (const mark of marks) {
      const { call } = mark;
      const first = call.crews[0];
      const begun = now >= call.at;
      const cleared = call.crews.length > 0 && call.crews.every((crew) => crew[4] !== null && now >= crew[4]);
      const shown = begun && !cleared;
      mark.dot.toggleAttribute("hidden", !shown);
      if (shown) {
        const arrived = first && first[3] !== null && now >= first[3];
        const left = first && now >= first[2];
        mark.dot.setAttribute("class", `call ${arrived ? "worked" : left ? "driven" : "waiting"}`);
        mark.dot.setAttribute("cx", mark.x);
        mark.dot.setAttribute("cy", mark.y);
        mark.dot.setAttribute("r", (arrived ? 4 : 6) * unit);
        if (arrived) working += 1;
        else if (left) going += 1;
        else waiting += 1;
      }
      for (const one of mark.units) {
        const [post, , leaves, arrives, clears] = one.crew;
        const bound = now >= leaves && (clears === null || now < clears);
        if (bound) busy[post] += 1;
        const moving = bound && arrives !== null && now < arrives;
        one.dot.toggleAttribute("hidden", !bound);
        one.way.toggleAttribute("hidden", !moving);
        if (!bound) continue;
        const from = posts[post];
        const share = moving ? Math.max(0, (now - leaves) / Math.max(arrives - leaves, 0.01)) : 1;
        const x = from.x + (mark.x - from.x) * share;
        const y = from.y + (mark.y - from.y) * share;
        one.dot.setAttribute("cx", x + (moving ? 0 : 5 * unit));
        one.dot.setAttribute("cy", y - (moving ? 0 : 5 * unit));
        one.dot.setAttribute("r", 4.5 * unit);
        if (moving) one.way.setAttribute("d", `M${from.x} ${from.y}L${mark.x} ${mark.y}`);
      }
    }
    const hour = Math.min(23, Math.floor(now / 60));
    posts.forEach((post, place) => {
      const free = Math.max(0, post.crews[hour] - busy[place]);
      post.count.textContent = post.crews[hour] ? free : "";
      post.group.classList.toggle("off", post.crews[hour] === 0);
      post.group.classList.toggle("busy", post.crews[hour] > 0 && free === 0);
    });
    clock.textContent = clockOf(now);
    slider.value = String(Math.round(now));
    slider.setAttribute("aria-valuetext", clockOf(now));
    told.textContent = fill(gettext("等候 %(w)s · 路上 %(g)s · 处置中 %(d)s"), { w: waiting, g: going, d: working });
    follow(isFollowed);
  }
  const clockOf = (minutes) => `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(Math.floor(minutes % 60)).padStart(2, "0")}`;

  // ---- the timeline in words
  const rows = [...log.querySelectorAll("li")].map((row) => ({ row, at: Number(row.dataset.at) }));
  function follow(isScrolled) {
    let current = null;
    for (const one of rows) {
      const past = one.at <= now;
      one.row.classList.toggle("to-come", !past);
      one.row.classList.remove("now");
      if (past) current = one.row;
    }
    if (!current) return;
    current.classList.add("now");
    // scrolls the list alone: scrollIntoView would drag the page along
    if (isScrolled) log.scrollTop = current.offsetTop - log.offsetTop - log.clientHeight / 2;
  }
  log.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    if (row) set(Number(row.dataset.at) + 0.01, false);
  });

  // ---- time
  function set(minutes, isFollowed = true) {
    now = Math.min(1439.9, Math.max(0, minutes));
    draw(isFollowed);
  }
  function tick(stamp) {
    if (!timer) return;
    const passed = Math.min(200, stamp - last) / 1000;
    last = stamp;
    // speed: simulated minutes a second
    set(now + passed * Number(speed.value));
    if (now >= 1439.9) pause();
    else timer = requestAnimationFrame(tick);
  }
  function pause() {
    cancelAnimationFrame(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
    play.querySelector("span").textContent = gettext("播放");
  }
  function go() {
    if (now >= 1439) now = 0;
    play.setAttribute("aria-pressed", "true");
    play.querySelector("span").textContent = gettext("暂停");
    last = performance.now();
    timer = requestAnimationFrame(tick);
  }
  const toggle = () => (timer ? pause() : go());
  play.addEventListener("click", toggle);
  slider.addEventListener("input", () => set(Number(slider.value)));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, button, a, [contenteditable]") && event.key === " ") return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === " ") toggle();
    else if (event.key === "ArrowRight") set(now + (event.shiftKey ? 60 : 5));
    else if (event.key === "ArrowLeft") set(now - (event.shiftKey ? 60 : 5));
    else if (event.key === "Home") set(0);
    else if (event.key === "+" || event.key === "-") speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + (event.key === "+" ? 1 : -1)));
    else return;
    event.preventDefault();
  });
  ground.onFit = () => draw();
  set(data.begin);
  part.dataset.state = "ready";
}
