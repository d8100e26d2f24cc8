// What every face does: htmx under the content security policy, questions, notices, menus, jobs that end.
import htmx from "htmx.org";
import * as asking from "./asking.js";
import * as toasts from "./toasts.js";
import "./files.js";

window.htmx = htmx;
// set here and not only in the meta tag: htmx must never add a style element of its own (no unsafe-inline)
Object.assign(htmx.config, { includeIndicatorStyles: false, allowEval: false, selfRequestsOnly: true, historyCacheSize: 0 });

asking.listen();
toasts.listen();

// A refusal (409, 422, 403) is shown where the server asked, by HX-Retarget.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([403, 409, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:load", (event) => {
  const target = event.detail.elt;
  const go = target.matches?.("[data-go]") ? target : target.querySelector?.("[data-go]");
  if (go && target.closest(".job")) window.location.assign(go.dataset.go);
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
