// Short notices: from the server by the HX-Trigger header {"toast": {"level": "fine", "text": "…"}}.
import { gettext } from "./words.js";

export function toast(level, text) {
  const list = document.getElementById("toasts");
  if (!list) return;
  const notice = document.createElement("div");
  notice.className = `notice ${level}`;
  notice.dataset.notice = "";
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.noticeClose = "";
  close.setAttribute("aria-label", gettext("关闭"));
  close.textContent = "×";
  notice.append(words, close);
  list.append(notice);
  // what must be acted on stays until it is closed
  if (level !== "act") setTimeout(() => notice.remove(), 7000);
}

export function listen() {
  document.addEventListener("toast", (event) => toast(event.detail.level ?? "know", event.detail.text ?? ""));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-notice-close]")) event.target.closest("[data-notice]")?.remove();
  });
  document.addEventListener("htmx:sendError", () => toast("act", gettext("连不上服务器:请检查网络,内容仍保留在页面上。")));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) toast("act", gettext("服务器出错,这一步没有完成。请稍后重试。"));
    if (event.detail.xhr.status === 404) toast("soon", gettext("这条记录已经移走,请刷新页面。"));
  });
}
