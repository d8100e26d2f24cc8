// The scene record: text, photo and voice in one screen, kept as a draft with every key stroke.
import { fill, gettext } from "./words.js";
import * as parts from "./field_parts.js";
import * as store from "./field_store.js";
import { addresses, write } from "./field_sync.js";
import { overlay } from "./field_tasks.js";
import { toast } from "./toasts.js";

const { h, button } = parts;
const SIDE = 1600;
const QUALITY = 0.82;
const VOICE_SECONDS_AT_MOST = 120;
const BEFORE_HANDLING = new Set(["dispatched", "acked", "en_route", "on_scene"]);

// Draw the photo anew: smaller, and without what the camera wrote into it about place and device.
async function cleanPhoto(file, bytesAtMost) {
  if (file.size > bytesAtMost) throw new Error(fill(gettext("照片有 %(size)s MB,最多 %(most)s MB;请重新拍摄或降低分辨率。"), { size: (file.size / 1e6).toFixed(0), most: (bytesAtMost / 1e6).toFixed(0) }));
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(gettext("这个文件不是照片,没有加入。"));
  }
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = h("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Error(gettext("这个文件不是照片,没有加入。"));
  return blob;
}

const fromText = (text, type) => new Blob([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], { type });
async function toText(blob) {
  return store.textOf(new Uint8Array(await blob.arrayBuffer()));
}

class Sheet {
  constructor(root, today, who, key) {
    Object.assign(this, { root, today, who, key, files: [], opened: Date.now() });
    this.incident = key.startsWith("incident-") ? today.incidents.find((row) => `incident-${row.id}` === key) : null;
    this.target = key.startsWith("incident-") ? `scene:${key.slice(9)}` : `scene:${key}`;
    this.known = today.records.find((row) => row.key === this.target);
  }

  async start() {
    const draft = (await store.kept(this.who.id, `draft:${this.key}`)) ?? {};
    this.values = { ...(this.known?.values ?? {}), ...draft.values };
    this.before = { ...(this.known?.values ?? {}) };
    this.base = draft.base ?? this.known?.version;
    for (const file of draft.files ?? []) this.files.push({ id: file.id, kind: file.kind, blob: fromText(file.data, file.type) });
    this.draw();
  }

  field(name, label, control) {
    control.setAttribute("id", name);
    control.setAttribute("name", name);
    if (this.values[name] !== undefined) control.value = this.values[name];
    control.addEventListener("input", () => {
      this.values[name] = control.value;
      this.save();
    });
    return h("div", { class: "field-of" }, h("label", { for: name }, label), control);
  }

  draw() {
    const { today } = this;
    const most = today.limits.note_characters;
    const options = [h("option", { value: "" }, gettext("请选择")), ...today.results.map((row) => h("option", { value: row.code }, row.label))];
    const photo = h("input", { type: "file", accept: "image/*", capture: "environment", id: "photo", class: "visually-hidden", onchange: (event) => this.addPhotos(event.target) });
    this.list = h("ul", { class: "files" });
    this.voice = button(gettext("录音"), () => this.toggleVoice(), "", "microphone");
    this.root.replaceChildren(
      this.incident ? h("p", { class: "about" }, parts.join(this.incident.category, this.incident.address)) : null ?? "",
      h("form", { class: "form-stack record", onsubmit: (event) => { event.preventDefault(); this.finish(); } },
        this.key.startsWith("incident-") ? "" : this.field("place", gettext("地点"), h("input", { maxlength: 200, autocomplete: "off" })),
        this.field("facts", gettext("经过"), h("textarea", { rows: 5, maxlength: most, placeholder: gettext("谁、何时、何地、做了什么;可用键盘语音输入") })),
        h("div", { class: "takes" }, h("label", { class: "btn", for: "photo" }, parts.icon("camera"), gettext("拍照")), photo, this.voice),
        this.list,
        this.field("measures", gettext("处置措施"), h("input", { maxlength: most, autocomplete: "off" })),
        today.may_dispose
          ? this.field("result_code", gettext("处置结果"), h("select", {}, options))
          : h("p", { class: "muted" }, gettext("处置结果由民警填写。")),
        this.conflictWords(),
        h("button", { class: "btn primary save", type: "submit" }, parts.icon("device-floppy"), gettext("保存"))));
    this.drawFiles();
  }

  conflictWords() {
    if (this.known?.conflicts.length) return h("p", { class: "clash" }, gettext("有内容与同事填写的不同,两个版本都已保留,待警务室裁定。"));
    if (this.known?.missing.length) return h("p", { class: "clash" }, fill(gettext("不完整:还有 %(count)s 个附件未传到。"), { count: this.known.missing.length }));
    return "";
  }

  async addPhotos(input) {
    for (const file of input.files) {
      try {
        this.files.push({ id: store.newId(), kind: "photo", blob: await cleanPhoto(file, this.today.limits.photo_bytes) });
      } catch (error) {
        toast("act", error.message);
      }
    }
    input.value = "";
    this.drawFiles();
    await this.save();
  }

  async toggleVoice() {
    if (this.recorder) {
      this.recorder.stop();
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      toast("soon", gettext("没有麦克风或未获准使用,请改用文字。"));
      return;
    }
    const pieces = [];
    this.recorder = new MediaRecorder(stream);
    this.recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    this.recorder.addEventListener("stop", async () => {
      for (const track of stream.getTracks()) track.stop();
      const type = this.recorder.mimeType.split(";")[0];
      this.recorder = null;
      clearTimeout(this.voiceTimer);
      this.voice.classList.remove("live");
      this.voice.lastChild.textContent = gettext("录音");
      this.files.push({ id: store.newId(), kind: "voice", blob: new Blob(pieces, { type }) });
      this.drawFiles();
      await this.save();
    });
    this.recorder.start();
    this.voiceTimer = setTimeout(() => this.recorder?.stop(), VOICE_SECONDS_AT_MOST * 1000);
    this.voice.classList.add("live");
    this.voice.lastChild.textContent = gettext("停止录音");
  }

  drawFiles() {
    for (const old of this.list.querySelectorAll("img, audio")) URL.revokeObjectURL(old.src);
    this.list.replaceChildren(...this.files.map((file) => {
      const src = URL.createObjectURL(file.blob);
      const shown = file.kind === "photo" ? h("img", { src, alt: gettext("现场照片") }) : h("audio", { src, controls: true });
      const away = h("button", { type: "button", class: "btn", "aria-label": gettext("去掉"), onclick: async () => {
        this.files = this.files.filter((one) => one !== file);
        this.drawFiles();
        await this.save();
      } }, parts.icon("x"));
      return h("li", { class: file.kind }, shown, away);
    }));
  }

  // One save at a time and the last state wins: a photo makes a draft large.
  save() {
    this.isDirty = true;
    this.saving ??= (async () => {
      while (this.isDirty) {
        this.isDirty = false;
        const files = [];
        for (const file of this.files) files.push({ id: file.id, kind: file.kind, type: file.blob.type, data: (file.text ??= await toText(file.blob)) });
        await store.keep(this.who.id, `draft:${this.key}`, { values: this.values, files, base: this.base, savedAt: Date.now() });
      }
      this.saving = null;
    })();
    return this.saving;
  }

  async finish() {
    if (this.recorder) {
      toast("soon", gettext("先停止录音。"));
      return;
    }
    const fields = {};
    for (const [name, value] of Object.entries(this.values)) if (value !== (this.before[name] ?? "") && value !== this.before[name]) fields[name] = value;
    if (!Object.keys(fields).length && !this.files.length) {
      toast("soon", gettext("还没有写下任何内容。"));
      return;
    }
    const here = parts.place();
    if (here && !this.incident) Object.assign(fields, { lon: here.lon, lat: here.lat });
    const added = {};
    for (const file of this.files) (added[file.kind === "photo" ? "photos" : "voice"] ??= []).push(file.id);
    if (await beginsHandling(this.incident, this.today, this.who)) await write({ target: `incident:${this.incident.id}`, act: { verb: "handle" } });
    await write({ target: this.target, fields, added, ...(this.base === undefined ? {} : { base_version: this.base }) }, this.files);
    await this.saving;
    await store.drop(this.who.id, `draft:${this.key}`);
    window.location.assign(addresses().pages.tasks);
  }
}

// Whether this record is the first word from the scene; an arrival that still waits to go up is an arrival.
async function beginsHandling(incident, today, who) {
  if (!incident?.is_mine) return false;
  const now = overlay(today, await store.outbox(who.id)).incidents.find((one) => one.id === incident.id);
  return now?.crew_state === "on_scene" && BEFORE_HANDLING.has(now.state);
}

export async function show(root, today, who) {
  const key = window.location.hash.slice(1) || `new-${store.newId()}`;
  // the key stands in the address at once: a reload comes back to the same draft
  if (!window.location.hash) history.replaceState(null, "", `#${key}`);
  await new Sheet(root, today, who, key).start();
}
