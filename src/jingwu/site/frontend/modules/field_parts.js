// Small parts of the field's pages: elements, icons, times and distances in words.
import { fill, gettext } from "./words.js";

export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(made.dataset, value);
    else if (value === true) made.setAttribute(key, "");
    else made.setAttribute(key, value);
  }
  // everything people wrote goes in as text, never as markup
  made.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

const NS = "http://www.w3.org/2000/svg";
export function icon(name) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(NS, "use");
  use.setAttribute("href", `${document.getElementById("field-page").dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export const button = (label, onclick, css = "", sign = "") =>
  h("button", { type: "button", class: `btn ${css}`.trim(), onclick }, sign ? icon(sign) : null, label);

const clockFormat = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
const dayFormat = new Intl.DateTimeFormat("zh-CN", { month: "2-digit", day: "2-digit", timeZone: "Asia/Shanghai" });
export const clock = (moment) => clockFormat.format(new Date(moment));
const day = (moment) => dayFormat.format(new Date(moment));
// Hours alone for today, with the day for any other.
export const when = (moment) => (day(moment) === day(Date.now()) ? clock(moment) : `${day(moment)} ${clock(moment)}`);

const EARTH_METRES = 6371000;
export function metres(a, b) {
  if (![a?.lon, a?.lat, b?.lon, b?.lat].every(Number.isFinite)) return null;
  const rad = Math.PI / 180;
  const part = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 +
    Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(part));
}

export function far(distance) {
  if (distance === null) return "";
  if (distance < 1000) return fill(gettext("%(metres)s 米"), { metres: Math.round(distance / 10) * 10 });
  return fill(gettext("%(km)s 公里"), { km: (distance / 1000).toFixed(1) });
}

function span(minutes) {
  const whole = Math.max(0, Math.round(minutes));
  if (whole < 60) return fill(gettext("%(minutes)s 分钟"), { minutes: whole });
  return fill(gettext("%(hours)s 小时 %(minutes)s 分"), { hours: Math.floor(whole / 60), minutes: whole % 60 });
}

// The clock that runs, in words: what is due in how long, or for how long it has been overdue.
export function clockWords(kind, dueAt, now) {
  const left = (new Date(dueAt) - now) / 60000;
  const time = span(Math.abs(left) < 1 ? 1 : Math.abs(left));
  if (left < 0) {
    return fill({ ack: gettext("签收已超时 %(time)s"), arrive: gettext("到场已超时 %(time)s"), feedback: gettext("反馈已超时 %(time)s") }[kind] ?? gettext("已超时 %(time)s"), { time });
  }
  return fill({ ack: gettext("还剩 %(time)s签收"), arrive: gettext("还剩 %(time)s到场"), feedback: gettext("还剩 %(time)s反馈") }[kind] ?? gettext("还剩 %(time)s"), { time });
}

export function level(startedAt, dueAt, now) {
  if (!dueAt) return "";
  const whole = new Date(dueAt) - new Date(startedAt ?? dueAt);
  const left = new Date(dueAt) - now;
  if (left < 0 || left < whole * 0.5) return "act";
  return "soon";
}

export const join = (...parts) => parts.flat().filter(Boolean).join(" · ");

// Where the phone is; null when it may not or cannot say.
let lastPlace = null;
export const place = () => lastPlace;
export function watchPlace(onchange) {
  if (!("geolocation" in navigator)) return;
  navigator.geolocation.watchPosition(
    ({ coords }) => {
      lastPlace = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
      onchange(lastPlace);
    },
    () => {},
    { enableHighAccuracy: true, maximumAge: 15000 },
  );
}

// A dialog built here: returns the form's values, or null when it was closed.
export function dialog(title, parts, yes) {
  const form = h("form", { method: "dialog", class: "form-stack" },
    h("h2", {}, title), parts,
    h("div", { class: "form-buttons" },
      h("button", { class: "btn", type: "submit", value: "", formnovalidate: true }, gettext("取消")),
      h("button", { class: "btn primary", type: "submit", value: "yes" }, yes)));
  const box = h("dialog", { class: "ask field-ask", "aria-label": title }, form);
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      resolve(box.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null);
      box.remove();
    }, { once: true });
  });
}
