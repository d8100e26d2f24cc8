// The map of offices and beats: MapLibre where the browser has WebGL, SVG where not and on paper.
import { drawGl } from "./map_gl.js";
import { drawSvg } from "./map_svg.js";
import { gettext } from "./words.js";

const drawn = new WeakMap();

function hasWebgl() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

async function read(part) {
  const own = document.getElementById(part.dataset.map);
  if (own) return JSON.parse(own.textContent);
  const answer = await fetch(part.dataset.src, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${part.dataset.src}: ${answer.status}`);
  return answer.json();
}

function fillList(part, data) {
  const list = part.querySelector("[data-map-list]");
  if (list.children.length) return;
  for (const office of data.offices ?? []) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.href = office.url ?? "#";
    link.dataset.office = office.id;
    link.textContent = office.name;
    const words = document.createElement("span");
    words.className = "muted";
    words.textContent = ` ${[office.count, office.words].filter((one) => one !== undefined && one !== "").join(" · ")}`;
    row.append(link, words);
    list.append(row);
  }
}

async function draw(part) {
  if (drawn.has(part)) return;
  drawn.set(part, null);
  let data;
  try {
    data = await read(part);
  } catch {
    part.querySelector(".ground-of").textContent = gettext("地图数据没有取到,请刷新页面;下面的列表仍然可用。");
    return;
  }
  fillList(part, data);
  let view;
  try {
    view = hasWebgl() ? drawGl(part, data) : drawSvg(part, data);
  } catch {
    // a driver that promises WebGL and then refuses it
    view = drawSvg(part, data);
  }
  drawn.set(part, view);
  part.addEventListener("focusin", (event) => { if (event.target.dataset.office) drawn.get(part).light(event.target.dataset.office); });
  part.addEventListener("mouseover", (event) => { if (event.target.closest("[data-map-list] a")) drawn.get(part).light(event.target.dataset.office); });
  // WebGL's canvas comes out empty on paper
  window.addEventListener("beforeprint", () => {
    if (part.dataset.drawn !== "gl") return;
    drawn.get(part).remove();
    drawn.set(part, drawSvg(part, data));
  });
  window.addEventListener("afterprint", () => {
    if (!hasWebgl()) return;
    drawn.set(part, drawGl(part, data));
  });
}

function drawAll(root) {
  if (root.matches?.("[data-map]")) draw(root);
  for (const part of root.querySelectorAll?.("[data-map]") ?? []) draw(part);
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
