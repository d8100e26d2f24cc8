// Drawing in SVG: an element, and the path of a GeoJSON geometry.
const NS = "http://www.w3.org/2000/svg";

export function node(name, attributes, parent) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== "") made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

export function path(geometry, at) {
  const ring = (points, isClosed) => points.map((point, place) => `${place ? "L" : "M"}${at(point).map((value) => value.toFixed(1)).join(" ")}`).join("") + (isClosed ? "Z" : "");
  switch (geometry.type) {
    case "Polygon": return geometry.coordinates.map((one) => ring(one, true)).join("");
    case "MultiPolygon": return geometry.coordinates.flat().map((one) => ring(one, true)).join("");
    case "LineString": return ring(geometry.coordinates, false);
    case "MultiLineString": return geometry.coordinates.map((one) => ring(one, false)).join("");
    default: return "";
  }
}
