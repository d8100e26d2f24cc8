// The map, the roster, the outbox and one's own page.
import { fill, gettext } from "./words.js";
import { PASS_PHRASE_SIGNS, exported } from "./field_export.js";
import * as parts from "./field_parts.js";
import * as store from "./field_store.js";
import { addresses, state, upload } from "./field_sync.js";
import { incidentCard, inOrder, overlay } from "./field_tasks.js";
import { drawSvg } from "./map_svg.js";
import { toast } from "./toasts.js";

const { h, button, join } = parts;

// Drawn as SVG from the office's own vector data: no tile, no network, and it prints.
export async function map(root, today, who) {
  const shown = overlay(today, await store.outbox(who.id));
  const from = parts.place() ?? today.office;
  const now = Date.now();
  const wanted = window.location.hash.slice(1);
  const open = inOrder([...shown.incidents, ...shown.tasks], from, now).filter((one) => Number.isFinite(one.lon));
  const marks = [
    ...open.map((one, place) => ({ id: one.number ? `incident-${one.id}` : `task-${one.id}`, lon: one.lon, lat: one.lat, count: place + 1, name: one.text ?? one.title, short: (one.address ?? one.place ?? "").slice(0, 8) })),
    ...shown.points.filter((point) => !point.visited_at).map((point) => ({ id: point.code, lon: point.lon, lat: point.lat, count: "·", name: point.name, short: point.name })),
    { id: "here", lon: from.lon, lat: from.lat, count: "◎", name: gettext("我的位置"), short: parts.place() ? gettext("我") : today.office.name },
  ].filter((one) => Number.isFinite(one.lon));
  const frame = h("div", { class: "field-map" }, h("div", { class: "ground-of" }));
  // chosen may be without a place on the map: its card still says where to go
  const chosen = shown.incidents.find((one) => `incident-${one.id}` === wanted);
  const list = h("ol", { class: "field-list" }, open.map((one) => h("li", {},
    h("a", { href: `#${one.number ? `incident-${one.id}` : ""}` }, h("b", {}, one.title ?? (one.text.slice(0, 30) || one.category)), h("span", { class: "muted" }, join(one.address ?? one.place, parts.far(parts.metres(from, one))))),
    h("a", { class: "btn", href: `geo:${one.lat},${one.lon}`, "aria-label": gettext("用手机地图导航") }, parts.icon("navigation")))));
  root.replaceChildren(frame, chosen ? incidentCard(chosen, from, now) : "", list, h("p", { class: "muted" }, gettext("地图为本室自有矢量数据,离线可用;距离为直线距离。")));
  const view = drawSvg(frame, { beats: today.map.beats, roads: today.map.roads, river: today.map.water, offices: marks });
  if (Number.isFinite(chosen?.lon)) view.light(wanted);
}

export async function roster(root, today) {
  const groups = new Map();
  for (const one of today.roster) {
    const name = one.is_standby ? gettext("备勤") : one.group || gettext("未编组");
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const cards = [...groups].map(([name, members]) => h("article", { class: "task roster" }, h("h2", {}, name),
    h("ul", {}, members.map((one) => h("li", { class: one.is_me ? "me" : "" }, h("b", {}, one.name), h("span", {}, join(one.code, one.shift, `${parts.clock(one.start_at)}–${parts.clock(one.end_at)}`)), one.is_me ? h("em", {}, gettext("我")) : null)))));
  if (!cards.length) cards.push(h("article", { class: "task" }, h("h2", {}, gettext("此刻没有排班")), h("p", {}, gettext("警务长发布班表后会显示在这里。"))));
  root.replaceChildren(...cards);
}

const KINDS = () => ({
  "incident/ack": gettext("签收警情"), "incident/depart": gettext("出发"), "incident/arrive": gettext("到场"),
  "incident/handle": gettext("开始处置"), "incident/leave": gettext("离开现场"), "incident/refuse": gettext("退回警情"),
  "incident/check_in": gettext("报平安"), "point/visit": gettext("巡防打卡"), "task/finish": gettext("完成任务"),
});

function changeWords(change) {
  const kind = change.target.split(":")[0];
  if (change.act?.verb) return KINDS()[`${kind}/${change.act.verb}`] ?? change.act.verb;
  return join(gettext("现场记录"), String(change.fields.facts ?? change.fields.place ?? "").slice(0, 24));
}

export async function outbox(root, today, who) {
  const rows = await store.outbox(who.id);
  const files = await store.files(who.id);
  const waits = await store.waiting(who.id);
  const missing = Object.entries((await store.kept(who.id, "missing")) ?? {}).filter(([, ids]) => ids.length);
  const list = [
    ...rows.map((row) => h("li", { class: row.state },
      h("b", {}, row.change ? changeWords(row.change) : gettext("打不开的内容")),
      h("span", { class: "muted" }, join(row.change && parts.when(row.change.said_at), row.state === "refused" ? gettext("未被接受") : gettext("待上传"))),
      row.state === "refused" ? h("p", { class: "clash" }, row.answer.message) : null,
      row.state === "refused" ? button(gettext("知道了"), async () => { await store.settle(row.seq); document.dispatchEvent(new CustomEvent("outbox")); }) : null)),
    ...files.map((file) => h("li", { class: file.state },
      h("b", {}, file.kind === "photo" ? gettext("照片") : gettext("录音")),
      h("span", { class: "muted" }, join(`${Math.max(1, Math.round(file.size / 1024))} KB`, file.state === "refused" ? gettext("未被接受") : gettext("待上传"))),
      file.state === "refused" ? h("p", { class: "clash" }, file.answer.message) : null,
      file.state === "refused" ? button(gettext("知道了"), async () => { await store.settleFile(file.id); document.dispatchEvent(new CustomEvent("outbox")); }) : null)),
  ];
  const isTyping = root.querySelector("#pass-phrase")?.value;
  if (isTyping) return; // somebody is typing the pass phrase: leave the page as it is
  const phrase = h("input", { id: "pass-phrase", type: "password", autocomplete: "new-password", minlength: PASS_PHRASE_SIGNS });
  root.replaceChildren(
    h("article", { class: "task" }, h("h2", {}, list.length ? gettext("等待上传") : gettext("全部已上传")),
      h("p", {}, list.length ? gettext("服务器确认收到之前,内容一直保存在本机,重启、断电、换人登录都不会丢。") : gettext("本机没有等待上传的内容。")),
      list.length ? h("ul", { class: "outbox-list" }, list) : null,
      missing.length ? h("p", { class: "clash" }, fill(gettext("%(count)s 条记录的附件尚未传到,警务室看到的是“不完整”。"), { count: missing.length })) : null,
      state.needsSignIn ? h("p", {}, h("a", { class: "btn primary", href: `${addresses().sign_in}?next=${addresses().pages.outbox}` }, gettext("重新登录")))
        : rows.length || files.length ? h("div", { class: "buttons" }, button(gettext("立即上传"), () => upload(), "primary", "cloud-upload")) : null),
    waits.others ? h("article", { class: "task" }, h("h2", {}, fill(gettext("本机另有他人 %(count)s 项"), { count: waits.others })), h("p", {}, gettext("已用其本人的密钥封存,您看不到也改不了;其本人登录后自动上传。"))) : null ?? "",
    rows.length || files.length ? h("article", { class: "task" }, h("h2", {}, gettext("一直没有网络?")),
      h("p", {}, gettext("导出为加密文件,用数据线或存储卡交给警务室,由警务长或民警导入。本机内容不会因此删除,以后上传也不会重复。")),
      h("div", { class: "field-of" }, h("label", { for: "pass-phrase" }, fill(gettext("口令(至少 %(count)s 个字符,当面告诉导入的人)"), { count: PASS_PHRASE_SIGNS })), phrase),
      h("div", { class: "buttons" }, button(gettext("导出加密文件"), () => save(who, phrase), "", "download"))) : "");
}

async function save(who, phrase) {
  if (phrase.value.length < PASS_PHRASE_SIGNS) {
    toast("soon", fill(gettext("口令至少 %(count)s 个字符。"), { count: PASS_PHRASE_SIGNS }));
    return;
  }
  const url = URL.createObjectURL(await exported(who, phrase.value));
  h("a", { href: url, download: `jingwu-${who.code || who.id}-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "")}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  phrase.value = "";
  toast("fine", gettext("已导出。请当面交给警务室。"));
}

export async function me(root, today, who) {
  const skew = (await store.kept(who.id, "clock"))?.skewSeconds ?? 0;
  const waits = await store.waiting(who.id);
  const isKept = await navigator.storage?.persisted?.();
  const facts = [
    [gettext("账号"), join(who.label, today.roles)],
    [gettext("人员编号"), who.code || "–"],
    [gettext("本机编号"), (await store.deviceId()).slice(0, 8)],
    [gettext("手机时钟"), skew ? fill(gettext("与服务器相差 %(minutes)s 分钟,已按服务器时间校正"), { minutes: Math.round(Math.abs(skew) / 60) }) : gettext("准")],
    [gettext("离线存储"), isKept ? gettext("已由系统保留") : gettext("系统空间紧张时可能清理,请把本应用添加到主屏幕")],
    [gettext("任务更新于"), parts.when(today.server_at)],
  ];
  const signOut = async () => {
    if (waits.changes + waits.files) toast("soon", gettext("未上传的内容已封存在本机,您下次登录后自动上传。"));
    await store.signOut();
    navigator.serviceWorker?.controller?.postMessage({ type: "forget" });
    root.querySelector("form").submit();
  };
  root.replaceChildren(
    h("article", { class: "task" }, h("dl", { class: "own" }, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))),
    h("a", { class: "task link", href: addresses().pages.outbox }, h("h2", {}, gettext("未上传的内容")), h("p", {}, waits.changes + waits.files ? fill(gettext("%(count)s 条未上传"), { count: waits.changes + waits.files }) : gettext("全部已上传"))),
    h("article", { class: "task" }, h("p", {}, gettext("退出后,本机内容用您的密钥封存,他人登录也看不到。")),
      h("form", { method: "post", action: addresses().sign_out, onsubmit: (event) => { event.preventDefault(); signOut(); } },
        h("div", { class: "buttons" }, h("button", { class: "btn", type: "submit" }, parts.icon("logout"), gettext("退出登录"))))));
}
