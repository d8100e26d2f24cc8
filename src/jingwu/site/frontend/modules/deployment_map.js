// The map a deployment is tried out on: SVG, so that discs can be dragged, a day replayed, and it prints.
import { TINTS, collection, extent, showTip } from "./map_data.js";
import { node, path } from "./svg.js";

const WIDTH = 1000;

// Borders between beats of different offices: the edges that no neighbour of the same office shares.
function borders(features, at) {
  const edges = new Map();
  const key = ([x, y]) => `${x.toFixed(5)},${y.toFixed(5)}`;
  for (const feature of features) {
    const rings = feature.geometry.type === "Polygon" ? feature.geometry.coordinates : feature.geometry.coordinates.flat();
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i += 1) {
        const ends = [key(ring[i - 1]), key(ring[i])].sort().join("|");
        const seen = edges.get(ends);
        if (seen) seen.offices.add(feature.properties.office);
        else edges.set(ends, { line: [ring[i - 1], ring[i]], offices: new Set([feature.properties.office]) });
      }
    }
  }
  return [...edges.values()].filter((edge) => edge.offices.size > 1).map((edge) => `M${at(edge.line[0]).map((v) => v.toFixed(1)).join(" ")}L${at(edge.line[1]).map((v) => v.toFixed(1)).join(" ")}`).join("");
}

// Draws the ground; returns {svg, at, unit, shapes, discs, over, tip}. `unit` is one CSS pixel in map units.
export function drawGround(frame, data) {
  const box = extent(data);
  frame.replaceChildren();
  if (!box) return null;
  const [west, south, east, north] = box;
  const squeeze = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = WIDTH / ((east - west) * squeeze);
  const height = (north - south) * scale;
  const at = ([x, y]) => [(x - west) * squeeze * scale, (north - y) * scale];
  const pad = 34;
  const svg = node("svg", { viewBox: `${-pad} ${-pad} ${WIDTH + 2 * pad} ${height + 2 * pad}`, role: "img", preserveAspectRatio: "xMidYMid meet", class: "deploy-svg" }, frame);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  frame.append(tip);

  const features = collection(data.beats).features;
  const shapes = new Map();
  for (const feature of features) {
    const shape = node("path", { d: path(feature.geometry, at), class: "beat", fill: TINTS.unknown }, svg);
    shapes.set(feature.properties.id, { shape, facts: feature.properties });
    shape.addEventListener("mousemove", (event) => {
      const edge = frame.getBoundingClientRect();
      showTip(tip, { x: event.clientX - edge.left, y: event.clientY - edge.top }, feature.properties.label, [feature.properties.office, ...(feature.properties.tip ?? [])]);
    });
    shape.addEventListener("mouseleave", () => { tip.hidden = true; });
  }
  for (const [name, css] of [["roads", "road"], ["river", "river"], ["outline", "outline"]]) {
    for (const feature of collection(data[name]).features) {
      const isArea = name === "river" && feature.geometry.type.endsWith("Polygon");
      node("path", { d: path(feature.geometry, at), class: isArea ? "river-area" : css, "pointer-events": "none" }, svg);
    }
  }
  node("path", { d: borders(features, at), class: "office-line", "pointer-events": "none" }, svg);
  const over = node("g", { class: "over" }, svg);
  const discs = new Map();
  for (const office of data.offices) {
    const [x, y] = at([office.lon, office.lat]);
    const group = node("g", { class: "post", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }, svg);
    group.dataset.post = office.id;
    const disc = node("circle", { r: 11, class: "disc" }, group);
    const count = node("text", { class: "count" }, group);
    const label = node("text", { class: "label" }, group);
    label.textContent = office.short;
    discs.set(String(office.id), { group, disc, count, label, x, y, office });
  }
  const ground = { svg, at, over, tip, shapes, discs, unit: 1 };
  const fit = () => {
    // text and discs keep their size in pixels however small the map is drawn
    const drawn = Math.min(frame.clientWidth / (WIDTH + 2 * pad), frame.clientHeight / (height + 2 * pad));
    if (!(drawn > 0)) return;
    ground.unit = 1 / drawn;
    const room = Math.sqrt((WIDTH * height) / Math.max(discs.size, 1)) * drawn;
    for (const one of discs.values()) {
      one.disc.setAttribute("r", (10 * ground.unit).toFixed(1));
      one.count.style.fontSize = `${(10.5 * ground.unit).toFixed(1)}px`;
      one.count.setAttribute("y", (3.8 * ground.unit).toFixed(1));
      one.label.style.fontSize = `${(11 * ground.unit).toFixed(1)}px`;
      one.label.setAttribute("y", (22 * ground.unit).toFixed(1));
      one.label.toggleAttribute("hidden", room < 64);
    }
    svg.style.setProperty("--unit", String(ground.unit));
    ground.onFit?.();
  };
  new ResizeObserver(fit).observe(frame);
  fit();
  return ground;
}

export { TINTS, showTip };
