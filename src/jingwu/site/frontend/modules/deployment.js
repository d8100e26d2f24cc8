// Trying out a deployment: crews by office and hour, changed by mouse or keys, answered by the server at once.
import { handsOn } from "./deployment_hands.js";
import { TINTS, drawGround } from "./deployment_map.js";
import { fill, gettext } from "./words.js";

const part = document.querySelector("[data-deploy]");
if (part) start(JSON.parse(document.getElementById(part.dataset.deploy).textContent));

function start(data) {
  const index = new Map(data.codes.map((code, place) => [code, place]));
  const state = { crews: data.crews.map((week) => [...week]), past: [], measure: "minutes", picked: data.codes[0], span: "all", areas: data.areas, load: data.load };
  const ground = drawGround(part.querySelector("[data-deploy-map]"), data.map);
  let hands = null;
  const busy = part.querySelector("[data-deploy-busy]");
  const undo = document.querySelector("[data-deploy-undo]");
  const save = document.querySelector("[data-deploy-save]");
  const refusal = document.getElementById("deploy-refusal");
  const days = [0, 1, 2, 3, 4, 5, 6];

  // ---- the stretch of the week that a press acts on
  function hours() {
    const every = (test) => Array.from({ length: 168 }, (_, hour) => hour).filter((hour) => test(Math.floor(hour / 24), hour % 24));
    switch (state.span) {
      case "day": return every((_, hour) => hour >= 8 && hour < 20);
      case "night": return every((_, hour) => hour < 8 || hour >= 20);
      case "weekend": return every((day) => day > 4);
      case "own": {
        const bar = part.querySelector("[data-window-own]");
        const chosen = new Set([...bar.querySelectorAll("[data-day]:checked")].map((box) => Number(box.value)));
        const from = Number(bar.querySelector("[data-from]").value);
        const to = Number(bar.querySelector("[data-to]").value);
        // 20 to 4 runs over midnight and belongs to the day it begins on
        return every((day, hour) => (from < to ? chosen.has(day) && hour >= from && hour < to : (chosen.has(day) && hour >= from) || (chosen.has((day + 6) % 7) && hour < to)));
      }
      default: return every(() => true);
    }
  }

  // ---- changes
  function remember() {
    state.past.push(state.crews.map((week) => [...week]));
    if (state.past.length > 60) state.past.shift();
  }
  function add(code, amount, which = hours()) {
    const week = state.crews[index.get(code)];
    let changed = 0;
    for (const hour of which) {
      const wanted = Math.min(99, Math.max(0, week[hour] + amount));
      changed += Math.abs(wanted - week[hour]);
      week[hour] = wanted;
    }
    return changed;
  }
  function change(code, amount, which) {
    remember();
    if (!add(code, amount, which)) { state.past.pop(); return; }
    changed();
  }
  function move(from, to) {
    if (from === to) return;
    const source = state.crews[index.get(from)];
    const which = hours().filter((hour) => source[hour] > 0);
    if (!which.length) {
      say("soon", fill(gettext("%(name)s 在所选时段没有警组可调。"), { name: data.names[from] }));
      return;
    }
    remember();
    add(from, -1, which);
    add(to, 1, which);
    changed();
  }
  function open(code, isOpen) {
    remember();
    const place = index.get(code);
    const back = data.start[place].some((n) => n > 0) ? data.start[place] : Array(168).fill(1);
    state.crews[place] = isOpen ? [...back] : Array(168).fill(0);
    changed();
  }
  function differing() {
    return data.codes.filter((code, place) => state.crews[place].some((n, hour) => n !== data.start[place][hour]));
  }
  function question() {
    return { ...data.ask, changes: Object.fromEntries(differing().map((code) => [code, state.crews[index.get(code)]])) };
  }

  // ---- asking the server
  let timer = 0;
  let asked = 0;
  function changed() {
    show();
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  }
  async function ask() {
    asked += 1;
    const mine = asked;
    busy.hidden = false;
    part.dataset.state = "asking";
    let told;
    let answer;
    try {
      answer = await fetch(data.try_url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] },
        body: JSON.stringify(question()),
      });
      told = await answer.json();
    } catch {
      told = { message: gettext("服务器没有回答,请检查网络后再试。") };
    }
    // an answer to an older question must not overwrite a newer one
    if (mine !== asked) return;
    busy.hidden = true;
    if (!answer?.ok) {
      say("act", told.message ?? gettext("没有算成。"));
      part.dataset.state = "refused";
      if (save) save.disabled = true;
      return;
    }
    say("", "");
    state.areas = told.areas;
    state.load = told.load;
    document.querySelector(".page-head h1").textContent = told.sentence;
    document.getElementById("deploy-answer").innerHTML = told.html;
    const plots = document.getElementById("deploy-plots");
    plots.innerHTML = told.plots;
    plots.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: plots } }));
    const stale = document.querySelector("[data-stale]");
    if (stale) stale.textContent = gettext("改动前的情况;保存后重新确认");
    part.dataset.state = "answered";
    part.dataset.seconds = told.seconds;
    if (save) save.disabled = false;
    show();
  }
  function say(level, words) {
    refusal.replaceChildren();
    if (!words) return;
    const box = document.createElement("div");
    box.className = `refusal ${level === "soon" ? "soon" : ""}`;
    const line = document.createElement("p");
    line.textContent = words;
    box.append(line);
    refusal.append(box);
  }

  // ---- showing
  const mean = (week, which) => (which.length ? which.reduce((sum, hour) => sum + week[hour], 0) / which.length : 0);
  const short = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  function tint([minutes, share]) {
    const steps = data.steps;
    if (state.measure === "minutes") return minutes === null ? "unknown" : steps.tints[steps.minutes.filter((step) => minutes > step).length];
    return share === null ? "unknown" : steps.tints[steps.shares.filter((step) => share < step).length];
  }
  function show() {
    const which = hours();
    for (const [code, own] of ground?.shapes ?? []) {
      const row = state.areas[code] ?? [null, null];
      own.shape.setAttribute("fill", TINTS[tint(row)] ?? TINTS.unknown);
      own.facts.tip = row[0] === null ? [gettext("没有警情")] : [
        fill(gettext("平均 %(n)s 分钟"), { n: row[0].toFixed(1) }),
        fill(gettext("%(t)s 分钟到场率 %(n)s%"), { t: data.target, n: (row[1] * 100).toFixed(0) }),
      ];
    }
    for (const code of data.codes) {
      const place = index.get(code);
      const week = state.crews[place];
      const isOpen = week.some((n) => n > 0);
      const number = short(mean(week, which));
      const disc = ground?.discs.get(code);
      if (disc) {
        disc.count.textContent = number;
        disc.group.classList.toggle("closed", !isOpen);
        disc.group.classList.toggle("differs", week.some((n, hour) => n !== data.start[place][hour]));
        disc.group.classList.toggle("picked", code === state.picked);
        disc.group.classList.toggle("carried", code === hands?.carried());
        disc.group.setAttribute("aria-label", fill(gettext("%(name)s,%(n)s 组"), { name: data.names[code], n: number }));
      }
      const row = part.querySelector(`tr[data-office="${CSS.escape(code)}"]`);
      row.querySelector("[data-cell=crews]").textContent = number;
      row.querySelector("[data-cell=hours]").textContent = week.reduce((sum, n) => sum + n, 0);
      row.querySelector("[data-cell=load]").firstChild.textContent = isOpen ? ((state.load[code] ?? 0) * 100).toFixed(0) : "–";
      row.classList.toggle("picked", code === state.picked);
      const box = row.querySelector("[data-open]");
      if (box) box.checked = isOpen;
    }
    if (undo) undo.disabled = state.past.length === 0;
    showTable();
    showWeek();
  }

  // ---- the map as a table: beats with their minutes and share in time
  const areas = part.querySelector("[data-areas-table]");
  function showTable() {
    if (!ground || !areas.closest("details").open) return;
    const rows = [...ground.shapes].map(([code, own]) => {
      const [minutes, share] = state.areas[code] ?? [null, null];
      const row = document.createElement("tr");
      for (const [place, words] of [own.facts.label, own.facts.office, minutes === null ? "–" : minutes.toFixed(1), share === null ? "–" : (share * 100).toFixed(0)].entries()) {
        const cell = row.insertCell();
        cell.textContent = words;
        if (place > 1) cell.className = "number";
      }
      return row;
    });
    areas.tBodies[0].replaceChildren(...rows);
  }
  areas.closest("details").addEventListener("toggle", showTable);

  // ---- the week of one office, hour by hour
  const grid = part.querySelector("[data-week-grid]");
  function makeWeek() {
    const head = grid.createTHead().insertRow();
    head.append(document.createElement("th"));
    for (let hour = 0; hour < 24; hour += 1) {
      const cell = document.createElement("th");
      cell.textContent = hour;
      head.append(cell);
    }
    const body = grid.createTBody();
    for (const day of days) {
      const row = body.insertRow();
      const name = document.createElement("th");
      name.scope = "row";
      name.textContent = [gettext("周一"), gettext("周二"), gettext("周三"), gettext("周四"), gettext("周五"), gettext("周六"), gettext("周日")][day];
      row.append(name);
      for (let hour = 0; hour < 24; hour += 1) {
        const cell = row.insertCell();
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.hour = day * 24 + hour;
        button.tabIndex = day || hour ? -1 : 0;
        cell.append(button);
      }
    }
  }
  function showWeek() {
    const week = state.crews[index.get(state.picked)];
    const was = data.start[index.get(state.picked)];
    const chosen = new Set(hours());
    part.querySelector("[data-week-title]").textContent = fill(gettext("%(name)s:一周逐时的警组"), { name: data.names[state.picked] });
    for (const button of grid.querySelectorAll("button")) {
      const hour = Number(button.dataset.hour);
      const total = state.crews.reduce((sum, one) => sum + one[hour], 0);
      button.textContent = week[hour];
      button.className = `n${Math.min(week[hour], 4)}${week[hour] === was[hour] ? "" : " differs"}${chosen.has(hour) && state.span !== "all" ? " chosen" : ""}${data.load_by_hour[hour] >= total ? " strained" : ""}`;
      button.setAttribute("aria-label", fill(gettext("%(day)s %(hour)s 时,%(n)s 组"), { day: grid.tBodies[0].rows[Math.floor(hour / 24)].cells[0].textContent, hour: hour % 24, n: week[hour] }));
    }
  }
  makeWeek();
  grid.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !data.may_deploy) return;
    const hour = Number(button.dataset.hour);
    change(state.picked, event.shiftKey ? -1 : 1, [hour]);
  });
  grid.addEventListener("contextmenu", (event) => {
    const button = event.target.closest("button");
    if (!button || !data.may_deploy) return;
    event.preventDefault();
    change(state.picked, -1, [Number(button.dataset.hour)]);
  });
  grid.addEventListener("keydown", (event) => {
    const hour = Number(event.target.dataset.hour);
    if (Number.isNaN(hour)) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 24, ArrowUp: -24 };
    if (event.key in steps) {
      const next = grid.querySelector(`button[data-hour="${(hour + steps[event.key] + 168) % 168}"]`);
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      event.preventDefault();
    } else if (data.may_deploy && ["+", "=", "-", "−", "Delete", "0"].includes(event.key)) {
      const down = event.key === "Delete" || event.key === "0" ? -99 : -1;
      change(state.picked, event.key === "+" || event.key === "=" ? 1 : down, [hour]);
      event.preventDefault();
    }
  });

  // ---- list, stretch, measure, undo, saving
  part.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const code = button.closest("tr[data-office]")?.dataset.office;
    if (button.dataset.measure) {
      state.measure = button.dataset.measure;
      press(button);
      for (const legend of part.querySelectorAll("[data-legend]")) legend.hidden = legend.dataset.legend !== state.measure;
      show();
    } else if (button.dataset.span) {
      state.span = button.dataset.span;
      press(button);
      part.querySelector("[data-window-own]").hidden = state.span !== "own";
      show();
    } else if (code && button.hasAttribute("data-more")) change(code, 1);
    else if (code && button.hasAttribute("data-less")) change(code, -1);
    else if (code && button.hasAttribute("data-pick")) pick(code, true);
  });
  function press(button) {
    for (const one of button.parentElement.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === button));
  }
  function pick(code, isFar) {
    state.picked = code;
    show();
    if (isFar) document.getElementById("week-of").scrollIntoView({ block: "nearest" });
  }
  part.addEventListener("change", (event) => {
    const code = event.target.closest("tr[data-office]")?.dataset.office;
    if (code && event.target.matches("[data-move]")) {
      const to = event.target.value;
      event.target.value = "";
      if (to) move(code, to);
    } else if (code && event.target.matches("[data-open]")) open(code, event.target.checked);
    else if (event.target.closest("[data-window-own]")) show();
  });
  undo?.addEventListener("click", () => {
    const last = state.past.pop();
    if (!last) return;
    state.crews = last;
    changed();
  });
  const dialog = document.querySelector("[data-save-dialog]");
  save?.addEventListener("click", () => {
    dialog.querySelector("[name=deployment]").value = JSON.stringify(question());
    dialog.showModal();
  });
  dialog?.querySelector("[data-save-close]").addEventListener("click", () => dialog.close());
  window.addEventListener("beforeunload", (event) => {
    if (part.dataset.state === "answered" && !part.dataset.leaving) event.preventDefault();
  });
  document.addEventListener("submit", () => { part.dataset.leaving = "1"; });

  // ---- dragging a crew from disc to disc, or carrying it with keys
  if (ground) {
    const does = { mayDeploy: data.may_deploy, names: data.names, pick: (code) => pick(code, false), move, change, show };
    hands = handsOn(ground, part.querySelector("[data-deploy-hint]"), does);
  }
  show();
  part.dataset.state = "ready";
}
