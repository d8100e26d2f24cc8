// The map drawn by MapLibre GL from the page's own GeoJSON: no tiles, no glyphs, no request leaves the site.
import maplibregl from "maplibre-gl/dist/maplibre-gl-csp.js";
import { EDGE, ROAD, TINTS, WATER, collection, extent, showTip } from "./map_data.js";
import { gettext } from "./words.js";

const tint = ["match", ["get", "class"], ...Object.entries(TINTS).flat(), TINTS.unknown];

function layers() {
  const line = (id, source, paint, filter) => ({ id, type: "line", source, paint, layout: { "line-cap": "round", "line-join": "round" }, ...(filter ? { filter } : {}) });
  return [
    { id: "ground", type: "background", paint: { "background-color": "#ffffff" } },
    { id: "beats", type: "fill", source: "beats", paint: { "fill-color": tint, "fill-opacity": 1 } },
    line("roads", "roads", { "line-color": ROAD, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 14, 3] }),
    line("beat-edges", "beats", { "line-color": "#ffffff", "line-width": 1.2 }),
    line("area-edges", "areas", { "line-color": EDGE, "line-width": 1.2 }),
    { id: "water", type: "fill", source: "river", paint: { "fill-color": WATER }, filter: ["==", ["geometry-type"], "Polygon"] },
    line("river", "river", { "line-color": WATER, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 9, 4, 12, 12, 15, 40] }, ["==", ["geometry-type"], "LineString"]),
    line("outline", "outline", { "line-color": EDGE, "line-width": 1.3 }),
    line("lit", "beats", { "line-color": "#1d2b3a", "line-width": 2 }, ["==", ["get", "id"], ""]),
  ];
}

function marker(office) {
  const link = document.createElement(office.url ? "a" : "div");
  if (office.url) link.href = office.url;
  link.className = `map-office ${office.class ?? ""}`;
  link.dataset.office = office.id;
  const disc = document.createElement("span");
  disc.className = "disc";
  disc.textContent = office.count ?? "";
  const label = document.createElement("span");
  label.className = "label";
  label.textContent = office.short ?? office.name;
  link.setAttribute("aria-label", `${office.name} ${office.count ?? ""} ${office.words ?? ""}`.trim());
  link.append(disc, label);
  // the list beside the map is the keyboard's way in: 500 markers are no tab stops
  link.tabIndex = -1;
  return link;
}

export function drawGl(part, data) {
  const frame = part.querySelector(".ground-of");
  maplibregl.setWorkerUrl(new URL(part.dataset.worker, location.href).href);
  const box = extent(data);
  const sources = Object.fromEntries(["beats", "areas", "roads", "river", "outline"].map((name) => [name, { type: "geojson", data: collection(data[name]) }]));
  const canvas = document.createElement("div");
  canvas.className = "gl";
  frame.replaceChildren(canvas);
  const map = new maplibregl.Map({
    container: canvas,
    style: { version: 8, sources, layers: layers() },
    bounds: box ?? undefined,
    fitBoundsOptions: { padding: 28 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
    locale: {
      "NavigationControl.ZoomIn": gettext("放大"), "NavigationControl.ZoomOut": gettext("缩小"), "Map.Title": gettext("地图"),
      "CooperativeGesturesHandler.MobileHelpText": gettext("用两个手指移动地图"), "CooperativeGesturesHandler.WindowsHelpText": gettext("按住 Ctrl 并滚动来缩放"),
      "CooperativeGesturesHandler.MacHelpText": gettext("按住 ⌘ 并滚动来缩放"),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.scrollZoom.disable();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  // the wheel scrolls the page until the map was clicked: a long page must not get stuck on it
  map.once("click", () => map.scrollZoom.enable());

  for (const office of data.offices ?? []) {
    new maplibregl.Marker({ element: marker(office), anchor: "center", offset: [0, 7] }).setLngLat([office.lon, office.lat]).addTo(map);
  }
  // names only where each office has room for one: doubling the scale quadruples the room
  const count = Math.max((data.offices ?? []).length, 1);
  const room = Math.sqrt((frame.clientWidth * frame.clientHeight) / count);
  const namesFrom = map.getZoom() + Math.log2(70 / room);
  const far = () => frame.classList.toggle("map-far", map.getZoom() < namesFrom);
  map.on("zoom", far);
  far();

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  frame.append(tip);
  map.on("mousemove", "beats", (event) => {
    const beat = event.features[0].properties;
    map.getCanvas().style.cursor = beat.url ? "pointer" : "";
    map.setFilter("lit", ["==", ["get", "id"], beat.id ?? ""]);
    const lines = typeof beat.tip === "string" ? JSON.parse(beat.tip) : beat.tip;
    showTip(tip, event.point, beat.label ?? "", lines);
  });
  map.on("mouseleave", "beats", () => {
    tip.hidden = true;
    map.setFilter("lit", ["==", ["get", "id"], ""]);
  });
  map.on("click", "beats", (event) => {
    const { url } = event.features[0].properties;
    if (url) location.assign(url);
  });
  map.on("load", () => { part.dataset.drawn = "gl"; });
  return {
    light(id) {
      const office = (data.offices ?? []).find((one) => String(one.id) === id);
      for (const one of frame.querySelectorAll(".map-office")) one.classList.toggle("lit", one.dataset.office === id);
      if (office && !map.getBounds().contains([office.lon, office.lat])) map.easeTo({ center: [office.lon, office.lat], duration: 0 });
    },
    remove() { map.remove(); },
  };
}
