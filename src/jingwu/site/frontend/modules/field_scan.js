// A point's code: by the camera where the browser reads codes, else typed from the plate.
import { gettext } from "./words.js";
import { h } from "./field_parts.js";

const PREFIX = "jingwu:point:";
const own = (text) => (text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text).trim();

async function camera(video, onfound) {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return () => {};
  let stream;
  try {
    if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return () => {};
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    return () => {};
  }
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const timer = setInterval(async () => {
    const [code] = await detector.detect(video).catch(() => []);
    if (code) onfound(own(code.rawValue));
  }, 250);
  return () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
  };
}

export async function scan() {
  const video = h("video", { class: "scan", playsinline: true, muted: true, hidden: true });
  const input = h("input", { name: "code", id: "code", required: true, autocomplete: "off", autocapitalize: "characters" });
  const form = h("form", { method: "dialog", class: "form-stack" },
    h("h2", {}, gettext("扫码打卡")), video,
    h("div", { class: "field-of" }, h("label", { for: "code" }, gettext("点位编码(印在二维码下方)")), input),
    h("div", { class: "form-buttons" },
      h("button", { class: "btn", type: "submit", value: "", formnovalidate: true }, gettext("取消")),
      h("button", { class: "btn primary", type: "submit", value: "yes" }, gettext("打卡"))));
  const box = h("dialog", { class: "ask field-ask", "aria-label": gettext("扫码打卡") }, form);
  document.body.append(box);
  box.showModal();
  const closed = new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes" ? own(input.value) : ""), { once: true });
  });
  const stop = await camera(video, (code) => { input.value = code; box.close("yes"); });
  const code = await closed;
  stop();
  box.remove();
  return code;
}
