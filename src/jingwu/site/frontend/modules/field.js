// The field: the outbox is always in sight; what is not yet uploaded is said in words.
import "./shared.js";
import { fill, gettext } from "./words.js";

const strip = document.querySelector("[data-outbox]");

// Called by the outbox itself with its count; also on every change of the network.
export function showOutbox(waiting = Number(strip?.dataset.waiting ?? 0)) {
  if (!strip) return;
  strip.dataset.waiting = String(waiting);
  const words = [];
  if (!navigator.onLine) words.push(gettext("离线"));
  if (waiting > 0) words.push(fill(gettext("%(count)s 条未上传"), { count: waiting }));
  strip.hidden = words.length === 0;
  strip.querySelector("[data-outbox-words]").textContent = words.join(" · ");
}

window.addEventListener("online", () => showOutbox());
window.addEventListener("offline", () => showOutbox());
document.addEventListener("outbox", (event) => showOutbox(event.detail.waiting));
showOutbox();
