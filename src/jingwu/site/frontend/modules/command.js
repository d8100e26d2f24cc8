// The command bar: "/" opens it, it finds pages of the rail at once and records through the server.
const dialog = document.getElementById("command");
const input = document.getElementById("command-words");
const list = document.getElementById("command-list");
const nothing = document.getElementById("command-nothing");
let picked = 0;
let asked = 0;

function pages() {
  return [...document.querySelectorAll("#rail li a")].map((link) => ({
    label: link.querySelector(".grow").textContent.trim(),
    url: link.href,
    where: link.closest("ul").previousElementSibling?.matches("h2") ? link.closest("ul").previousElementSibling.textContent : "",
  }));
}

function show(items) {
  list.replaceChildren(...items.map((item, place) => {
    const row = document.createElement("li");
    row.role = "option";
    row.id = `command-${place}`;
    const link = document.createElement("a");
    link.href = item.url;
    link.tabIndex = -1;
    link.textContent = item.label;
    if (item.where) {
      const where = document.createElement("span");
      where.className = "where";
      where.textContent = item.where;
      link.append(where);
    }
    row.append(link);
    return row;
  }));
  nothing.hidden = items.length > 0;
  pick(0);
}

function pick(place) {
  const rows = [...list.children];
  picked = rows.length ? (place + rows.length) % rows.length : 0;
  rows.forEach((row, number) => row.setAttribute("aria-selected", String(number === picked)));
  rows[picked]?.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", rows.length ? `command-${picked}` : "");
}

async function search() {
  const words = input.value.trim().toLowerCase();
  const own = pages().filter((page) => page.label.toLowerCase().includes(words));
  show(own);
  if (!words || !input.dataset.searchUrl) return;
  const turn = ++asked;
  const answer = await fetch(`${input.dataset.searchUrl}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  // an answer that was overtaken by a later question is thrown away
  if (!answer?.ok || turn !== asked) return;
  show([...own, ...(await answer.json()).items]);
}

export function open() {
  input.value = "";
  dialog.showModal();
  input.focus();
  search();
}

export function listen() {
  if (!dialog) return;
  let waiting;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      pick(picked + (event.key === "ArrowDown" ? 1 : -1));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      list.children[picked]?.querySelector("a").click();
    }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  for (const button of document.querySelectorAll("[data-command-open]")) button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !dialog.open) {
      event.preventDefault();
      open();
    }
  });
}
