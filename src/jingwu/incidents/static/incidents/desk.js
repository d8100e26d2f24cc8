// The incident desk: lists that change by themselves, the board's keys, ticking all, the form's shortcut.
const live = document.querySelector("[data-live]");
if (live) {
  let waiting = 0;
  const source = new EventSource(live.dataset.live);
  const state = live.querySelector("[data-live-state]");
  const say = (isOn) => {
    live.classList.toggle("is-live", isOn);
    if (state) state.textContent = isOn ? live.dataset.on : live.dataset.off;
  };
  source.addEventListener("open", () => say(true));
  source.addEventListener("error", () => say(false));
  const own = live.dataset.liveId;
  source.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    if (own) {
      // a page somebody may be typing on is never redrawn under the hands: it says that it is out of date
      const isNews = change.verb === "reload" || (String(change.id) === own && change.version > Number(live.dataset.version));
      if (isNews) live.querySelector("[data-changed]").hidden = false;
      return;
    }
    // many changes at once are one reading of the list, and many desks do not read in the same moment
    clearTimeout(waiting);
    waiting = setTimeout(() => document.body.dispatchEvent(new CustomEvent("incidents-changed")), 250 + Math.random() * 500);
  });
  addEventListener("pagehide", () => source.close());
}

// a list that is read again keeps what was ticked, and the row the keys stood on
let ticked = new Set();
document.body.addEventListener("htmx:beforeSwap", () => {
  ticked = new Set([...document.querySelectorAll("#board input[name=ids]:checked")].map((box) => box.value));
});
document.body.addEventListener("htmx:afterSettle", () => {
  for (const box of document.querySelectorAll("#board input[name=ids]")) if (ticked.has(box.value)) box.checked = true;
  rows().forEach((row, number) => row.classList.toggle("picked", number === picked));
});

const rows = () => [...document.querySelectorAll("#board tbody tr[data-url]")];
let picked = -1;
function pick(place) {
  const all = rows();
  if (!all.length) return;
  picked = Math.max(0, Math.min(all.length - 1, place));
  all.forEach((row, number) => row.classList.toggle("picked", number === picked));
  all[picked].querySelector("a")?.focus();
  all[picked].scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest?.("form[data-quick]");
    if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-main]")); }
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") pick(picked + 1);
  if (event.key === "k") pick(picked - 1);
  if (event.key === "n") document.querySelector("[data-key=n]")?.click();
  if (event.key === "x" && picked >= 0) rows()[picked]?.querySelector("input[type=checkbox]")?.click();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const box of document.querySelectorAll("#board tbody input[name=ids]")) box.checked = event.target.checked;
  }
  // a known address brings its place with it
  if (event.target.matches("[data-address]")) {
    const found = [...document.querySelectorAll("#addresses option")].find((option) => option.value === event.target.value);
    const form = event.target.form;
    for (const name of ["lon", "lat", "office", "beat"]) {
      const value = found?.dataset[name];
      if (form.elements[name] && value) form.elements[name].value = value;
    }
  }
  if (event.target.matches("[data-template]")) {
    const chosen = event.target.selectedOptions[0];
    const text = event.target.form.elements.text;
    if (chosen?.dataset.text && !text.value.trim()) text.value = chosen.dataset.text;
    for (const list of document.querySelectorAll("[data-checklist]")) list.hidden = list.dataset.checklist !== event.target.value;
  }
});
