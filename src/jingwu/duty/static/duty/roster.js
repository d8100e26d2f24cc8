// The board: drag, finger or keyboard; every step is asked of the server's rules first, and drawn by the server after.
const ASK_AFTER_MS = 60;
let held = null;
let asked = null;
let timer = 0;
let byTap = false; // picked up from the menu: the next cells tapped are targets, told in the bar below

const page = () => document.getElementById("board-page");
const board = () => document.querySelector("[data-board]");
const words = () => JSON.parse(board().dataset.words);
const part = (name) => board().querySelector(`[data-${name}]`);
const cellAt = (key) => board().querySelector(`[data-cell="${CSS.escape(key)}"]`);
const editable = () => Boolean(board() && board().dataset.editable);

async function send(address, content) {
  const { version, csrf, view, from } = board().dataset;
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf, Accept: "application/json, text/html" },
    body: JSON.stringify({ seen: Number(version), view, from_day: from, ...content }),
  });
  if (response.ok) return response;
  let text = words().failed;
  try { text = (await response.json()).message || text; } catch { /* the page of an error is no JSON */ }
  throw new Error(text);
}

function tip(lines, at) {
  const box = part("tip");
  box.replaceChildren();
  if (!lines) { box.hidden = true; return; }
  const list = document.createElement("ul");
  for (const line of lines) {
    const item = document.createElement("li");
    item.className = line.level;
    item.textContent = line.words;
    list.append(item);
  }
  box.append(list);
  box.hidden = false;
  const frame = at.getBoundingClientRect();
  const left = Math.min(frame.left, innerWidth - box.offsetWidth - 12);
  const below = frame.bottom + 8 + box.offsetHeight < innerHeight;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${below ? frame.bottom + 8 : frame.top - box.offsetHeight - 8}px`;
}

function bar(lines, canDrop) {
  const box = part("bar");
  if (!box) return;
  box.hidden = !lines;
  if (!lines) return;
  const list = box.querySelector("ul");
  list.replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.className = line.level;
    item.textContent = line.words;
    return item;
  }));
  box.querySelector("[data-drop]").disabled = !canDrop;
}

const say = (lines, at) => (byTap ? bar(lines, true) : tip(lines, at));

function pickUp(cell) {
  letGo();
  held = cell;
  byTap = true;
  cell.classList.add("held");
  moveFocus(cell);
  bar([{ level: "know", words: `${cell.getAttribute("aria-label")}: ${words().tapping}` }], false);
}

function drop(target) {
  const from = held.dataset.cell;
  letGo();
  change({ what: "move", from, to: target.dataset.cell });
}

function forget(cell) {
  if (cell) cell.classList.remove("over", "bad-act", "bad-soon", "good");
}

function ask(target) {
  if (!held || asked === target) return;
  forget(asked);
  asked = target;
  target.classList.add("over");
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const from = held;
    try {
      const answer = await send(board().dataset.check, { what: "move", from: from.dataset.cell, to: target.dataset.cell });
      const { breaches } = await answer.json();
      if (asked !== target || held !== from) return;
      const worst = breaches.some((item) => item.level === "act") ? "bad-act" : breaches.length ? "bad-soon" : "good";
      target.classList.add(worst);
      say(breaches.length ? breaches.slice(0, 5) : [{ level: "fine", words: words().fine }], target);
    } catch (error) { say([{ level: "act", words: error.message }], target); }
  }, ASK_AFTER_MS);
}

function letGo() {
  clearTimeout(timer);
  forget(asked);
  if (held) held.classList.remove("held");
  held = asked = null;
  byTap = false;
  if (board()) { tip(null); bar(null); }
}

// What has the focus, so that it has it again after the board is drawn anew.
function focusKept() {
  const at = document.activeElement;
  const cell = at?.closest?.("[data-cell]")?.dataset.cell;
  const step = at?.closest?.("[data-step]")?.dataset.step;
  return () => {
    const button = step && board().querySelector(`[data-step="${step}"]`);
    if (cell) moveFocus(cellAt(cell));
    else if (button && !button.disabled) button.focus();
    else if (step) (board().querySelector("[data-step]:not(:disabled)") || board().querySelector('.shift[tabindex="0"]'))?.focus();
  };
}

async function change(content) {
  const focus = content.to;
  const refocus = focusKept();
  const frame = board().querySelector(".roster-frame").scrollLeft;
  closeMenu();
  try {
    const response = await send(board().dataset.change, content);
    page().innerHTML = await response.text();
    window.htmx?.process(page());
    board().querySelector(".roster-frame").scrollLeft = frame;
    if (focus) moveFocus(cellAt(focus));
    else refocus();
  } catch (error) {
    const target = (focus && cellAt(focus)) || board();
    tip([{ level: "act", words: error.message }], target);
    setTimeout(() => board() && tip(null), 6000);
  }
}

function moveFocus(cell) {
  if (!cell) return;
  for (const other of board().querySelectorAll('.shift[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}

function closeMenu() {
  const menu = part("menu");
  if (menu) menu.hidden = true;
}

function openMenu(cell) {
  const menu = part("menu");
  const { cell: to, code } = cell.dataset;
  menu.replaceChildren();
  const add = (text, run, sign, look) => {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "menuitem";
    if (sign) {
      const mark = document.createElement("span");
      mark.className = `shift ${look}`;
      mark.textContent = sign;
      button.append(mark);
    }
    button.append(text);
    button.addEventListener("click", run);
    menu.append(button);
  };
  for (const kind of JSON.parse(board().dataset.kinds)) {
    if (kind.code !== code) add(kind.name, () => change({ what: "set", to, code: kind.code }), kind.sign, kind.look);
  }
  if (code) {
    menu.append(document.createElement("hr"));
    add(words().move, () => { closeMenu(); pickUp(cell); });
    const pinned = cell.classList.contains("pinned");
    add(pinned ? words().unpin : words().pin, () => change({ what: pinned ? "unpin" : "pin", to }));
  }
  menu.hidden = false;
  const frame = cell.getBoundingClientRect();
  menu.style.left = `${Math.min(frame.left, innerWidth - menu.offsetWidth - 8)}px`;
  menu.style.top = `${Math.max(8, Math.min(frame.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  menu.querySelector("button").focus();
  menu.onkeydown = (event) => {
    const items = [...menu.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
    else if (event.key === "Escape") { closeMenu(); cell.focus(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function neighbour(cell, key) {
  const place = cell.closest("td");
  const row = place.parentElement;
  if (key === "ArrowLeft") return place.previousElementSibling?.querySelector(".shift");
  if (key === "ArrowRight") return place.nextElementSibling?.querySelector(".shift");
  const next = key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
  return next?.cells[place.cellIndex]?.querySelector(".shift");
}

document.addEventListener("dragstart", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!cell || !editable()) return;
  held = cell;
  cell.classList.add("held");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", cell.dataset.cell);
});
document.addEventListener("dragover", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!held || !cell || cell === held) return;
  event.preventDefault();
  ask(cell);
});
document.addEventListener("drop", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!held || !cell || cell === held) return;
  event.preventDefault();
  drop(cell);
});
document.addEventListener("dragend", letGo);
document.addEventListener("click", (event) => {
  if (!board()) return;
  const cell = event.target.closest("[data-cell]");
  const step = event.target.closest("[data-step]");
  if (step) change({ what: step.dataset.step });
  else if (event.target.closest("[data-bar]")) {
    if (event.target.closest("[data-drop]") && held && asked) drop(asked);
    else if (event.target.closest("[data-cancel]")) letGo();
  } else if (held && cell) {
    if (cell === held) letGo();
    else if (cell === asked) drop(cell); // the second tap on the same cell
    else { byTap = true; ask(cell); }
  } else if (cell && editable()) { closeMenu(); openMenu(cell); }
  else if (!event.target.closest("[data-menu]")) closeMenu();
});
document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!cell || !editable() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) {
    const next = neighbour(cell, event.key);
    if (next) { moveFocus(next); if (held) ask(next); }
  } else if (event.key === "m" || event.key === "M") {
    if (!cell.dataset.code) return;
    letGo();
    held = cell;
    cell.classList.add("held");
    tip([{ level: "know", words: words().moving }], cell);
  } else if (event.key === "Enter" && held && held !== cell) {
    drop(cell);
  } else if (event.key === "Escape") { letGo(); closeMenu(); }
  else if (event.key === "p" || event.key === "P") {
    if (cell.dataset.code) change({ what: cell.classList.contains("pinned") ? "unpin" : "pin", to: cell.dataset.cell });
  } else if (event.key === "z" || event.key === "Z") change({ what: "undo" });
  else if (event.key === "y" || event.key === "Y") change({ what: "redo" });
  else if (event.key === "Delete" || event.key === "Backspace") change({ what: "set", to: cell.dataset.cell, code: "" });
  else return;
  event.preventDefault();
});
