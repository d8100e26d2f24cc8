// The same map as SVG: for browsers without WebGL, and for paper.
import { TINTS, collection, extent, showTip } from "./map_data.js";
import { node, path } from "./svg.js";

const WIDTH = 900;
const EDGE = 70;

export function drawSvg(part, data) {
  const frame = part.querySelector(".ground-of");
  const box = extent(data);
  frame.replaceChildren();
  if (!box) return { light() {}, remove() {} };
  const [west, south, east, north] = box;
  const squeeze = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = WIDTH / ((east - west) * squeeze);
  const height = (north - south) * scale;
  const at = ([x, y]) => [(x - west) * squeeze * scale, (north - y) * scale];
  const svg = node("svg", { viewBox: `-24 -24 ${WIDTH + 48} ${height + 60}`, role: "img", preserveAspectRatio: "xMidYMid meet" }, frame);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  frame.append(tip);

  for (const beat of collection(data.beats).features) {
    const facts = beat.properties ?? {};
    const holder = facts.url ? node("a", { href: facts.url, tabindex: "-1" }, svg) : svg;
    const shape = node("path", { d: path(beat.geometry, at), class: "beat", fill: TINTS[facts.class] ?? TINTS.unknown }, holder);
    shape.addEventListener("mousemove", (event) => {
      const edge = frame.getBoundingClientRect();
      showTip(tip, { x: event.clientX - edge.left, y: event.clientY - edge.top }, facts.label ?? "", facts.tip);
    });
    shape.addEventListener("mouseleave", () => { tip.hidden = true; });
  }
  for (const [name, css] of [["roads", "road"], ["areas", "office-line"], ["river", "river"], ["outline", "outline"]]) {
    for (const feature of collection(data[name]).features) {
      const isArea = name === "river" && feature.geometry.type.endsWith("Polygon");
      node("path", { d: path(feature.geometry, at), class: isArea ? "river-area" : css, "pointer-events": "none" }, svg);
    }
  }
  const offices = new Map();
  for (const office of data.offices ?? []) {
    const [x, y] = at([office.lon, office.lat]);
    const group = node(office.url ? "a" : "g", office.url ? { href: office.url, tabindex: "-1" } : {}, svg);
    offices.set(String(office.id), node("circle", { cx: x, cy: y, r: 11, fill: "#13243b", stroke: "#fff", "stroke-width": 1.5 }, group));
    node("text", { x, y: y + 4 }, group).textContent = office.count ?? "";
    // a name at the edge runs inwards, else the edge would cut it
    const side = x < EDGE ? " at-start" : x > WIDTH - EDGE ? " at-end" : "";
    node("text", { x, y: y + 24, class: `label${side}` }, group).textContent = office.short ?? office.name;
  }
  part.dataset.drawn = "svg";
  return {
    light(id) { for (const [own, disc] of offices) disc.setAttribute("fill", own === id ? "#1f5fa8" : "#13243b"); },
    remove() { svg.remove(); },
  };
}
