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
  source.addEventListener("change", () => {
    // many changes at once are one reading of the list
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const typing = document.activeElement?.closest?.("form textarea, form input[type=text]");
      if (!typing || live.dataset.live.includes("board")) document.body.dispatchEvent(new CustomEvent("incidents-changed"));
    }, 250);
  });
  addEventListener("pagehide", () => source.close());
}

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
