// What both drawings of the map share: colours by meaning, the extent, the words of a hover.
const root = getComputedStyle(document.documentElement);
const token = (name) => root.getPropertyValue(`--${name}`).trim();

export const TINTS = Object.fromEntries(
  ["short-3", "short-2", "short-1", "even", "spare", "act", "soon", "know", "fine"].map((name) => [name, token(name)]),
);
TINTS.unknown = token("unknown-soft");
export const WATER = "#cfe2f1";
export const ROAD = "#d5dce4";
export const EDGE = "#8aa0b5";

export const collection = (data) =>
  !data ? { type: "FeatureCollection", features: [] }
    : data.type === "FeatureCollection" ? data
      : { type: "FeatureCollection", features: [data.type === "Feature" ? data : { type: "Feature", properties: {}, geometry: data }] };

function* positions(coordinates) {
  if (typeof coordinates[0] === "number") yield coordinates;
  else for (const part of coordinates) yield* positions(part);
}

// West, south, east, north of all that is shown.
export function extent(data) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const take = ([x, y]) => {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  const land = [...collection(data.outline).features, ...collection(data.beats).features];
  for (const feature of land) if (feature.geometry) for (const point of positions(feature.geometry.coordinates)) take(point);
  for (const office of data.offices ?? []) take([office.lon, office.lat]);
  if (!Number.isFinite(box[0])) return null;
  // one single point still gets some ground around it
  if (box[2] - box[0] < 1e-4) { box[0] -= 0.005; box[2] += 0.005; }
  if (box[3] - box[1] < 1e-4) { box[1] -= 0.005; box[3] += 0.005; }
  return box;
}

export function showTip(tip, place, title, lines) {
  tip.replaceChildren();
  const head = document.createElement("b");
  head.textContent = title;
  tip.append(head);
  for (const line of lines ?? []) {
    const row = document.createElement("div");
    row.textContent = line;
    tip.append(row);
  }
  tip.hidden = false;
  const frame = tip.parentElement;
  tip.style.left = `${Math.min(place.x + 14, frame.clientWidth - tip.offsetWidth - 6)}px`;
  tip.style.top = `${Math.min(place.y + 14, frame.clientHeight - tip.offsetHeight - 6)}px`;
}
