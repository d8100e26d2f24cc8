// Today's tasks: by what is due and how far it is, with the one button that comes next.
import { fill, gettext } from "./words.js";
import * as parts from "./field_parts.js";
import { scan } from "./field_scan.js";
import * as store from "./field_store.js";
import { addresses, write } from "./field_sync.js";
import { toast } from "./toasts.js";

const { h, button, far, metres, join } = parts;
const PHONE = /Android|iPhone|iPad|HarmonyOS/i;
const AFTER = { ack: "acked", depart: "en_route", arrive: "on_scene", refuse: "refused", leave: "left" };

// What the phone did and the server does not know yet, laid over what the server said last.
export function overlay(today, waiting) {
  const copy = structuredClone(today);
  for (const { change } of waiting) {
    if (!change?.act?.verb) continue;
    const [kind, id] = [change.target.slice(0, change.target.indexOf(":")), change.target.slice(change.target.indexOf(":") + 1)];
    if (kind === "incident") {
      const one = copy.incidents.find((row) => String(row.id) === id);
      if (one && AFTER[change.act.verb]) {
        one.crew_state = AFTER[change.act.verb];
        one.is_waiting = true;
      }
      if (one && change.act.verb === "handle") { one.state = "handling"; one.is_waiting = true; }
    }
    if (kind === "task") copy.tasks = copy.tasks.filter((row) => String(row.id) !== id);
    const point = kind === "point" && copy.points.find((row) => row.code === id);
    if (point) point.visited_at = change.said_at;
  }
  copy.incidents = copy.incidents.filter((row) => !["refused", "left"].includes(row.crew_state));
  return copy;
}

const CLAUSES = () => [
  gettext("不在本室管辖范围(管辖分工)"),
  gettext("依法属其他机关职责(法定职责)"),
  gettext("正在处置其他紧急警情(处警规范)"),
  gettext("与当事人有利害关系(回避规定)"),
];

async function refuse(task) {
  const said = await parts.dialog(gettext("退回警情"), [
    h("p", { class: "muted" }, gettext("退回须注明职责条款;退回两次由警务长决定。")),
    h("div", { class: "field-of" }, h("label", { for: "clause" }, gettext("职责条款")),
      h("select", { name: "clause", id: "clause", required: true }, h("option", { value: "" }, gettext("请选择")), CLAUSES().map((one) => h("option", {}, one)))),
    h("div", { class: "field-of" }, h("label", { for: "reason" }, gettext("说明")), h("input", { name: "reason", id: "reason", maxlength: 300 })),
  ], gettext("退回"));
  if (said?.clause) await write({ target: `incident:${task.id}`, act: { verb: "refuse", clause: said.clause, reason: said.reason } });
}

// The phone's own navigation; on a desk the app's map.
function navigate(task) {
  const { pages } = addresses();
  if (PHONE.test(navigator.userAgent) && Number.isFinite(task.lon)) window.location.assign(`geo:${task.lat},${task.lon}?q=${task.lat},${task.lon}(${encodeURIComponent(task.address)})`);
  else window.location.assign(`${pages.map}#incident-${task.id}`);
}

const step = (task, ...verbs) => async () => {
  for (const verb of verbs) await write({ target: `incident:${task.id}`, act: { verb } });
};

function incidentButtons(task) {
  const { pages } = addresses();
  const record = h("a", { class: "btn primary", href: `${pages.record}#incident-${task.id}` }, gettext("现场记录"));
  if (!task.is_mine) return [h("a", { class: "btn", href: `${pages.map}#incident-${task.id}` }, gettext("看地图"))];
  if (task.crew_state === "offered") {
    return [
      button(gettext("接受并导航"), async () => { await step(task, "ack", "depart")(); navigate(task); }, "primary"),
      button(gettext("退回"), () => refuse(task)),
    ];
  }
  if (["acked", "en_route"].includes(task.crew_state)) {
    return [button(gettext("已到场"), step(task, "arrive"), "primary"), button(gettext("导航"), () => navigate(task))];
  }
  const safe = button(gettext("报平安"), async () => {
    await step(task, "check_in")();
    toast("know", gettext("已记下,上传后计时重新开始。"));
  });
  return [record, safe, button(gettext("离开现场"), step(task, "leave"))];
}

export function incidentCard(task, from, now) {
  const away = far(metres(from, task));
  const due = task.clock_due_at;
  const css = task.clock === "feedback" ? "soon" : parts.level(task.clock_started_at, due, now);
  const whole = due ? Math.max(1, new Date(due) - new Date(task.clock_started_at ?? now)) : 1;
  const used = due ? Math.min(whole, now - new Date(task.clock_started_at ?? now)) : 0;
  return h("article", { class: `task ${css}`.trim(), id: `incident-${task.id}` },
    h("h2", {}, task.text.trim().split(/[。\n]/)[0].slice(0, 40) || task.category),
    h("p", {}, join(task.address, away, task.dispatched_at && fill(gettext("%(time)s 派警"), { time: parts.when(task.dispatched_at) })),
      due ? [" · ", h("b", { class: css }, parts.clockWords(task.clock, due, now))] : null),
    task.check_in_due_at ? h("p", {}, h("b", {}, fill(gettext("%(time)s 前报平安"), { time: parts.clock(task.check_in_due_at) }))) : null,
    task.is_mine ? null : h("p", {}, fill(gettext("本组:%(crew)s"), { crew: task.crew.join("、") })),
    due ? h("progress", { class: css, max: whole, value: Math.max(0, used), "aria-label": gettext("时限已用") }) : null,
    task.is_waiting ? h("p", { class: "pending" }, parts.icon("cloud-upload"), gettext("已记下,待上传")) : null,
    h("div", { class: "buttons" }, incidentButtons(task)));
}

function taskCard(task, from, now) {
  const words = { hazard: gettext("隐患复查"), visit: gettext("走访"), follow_up: gettext("回访"), fraud: gettext("反诈见面劝阻") }[task.kind];
  const due = task.due_at && (new Date(task.due_at) < now ? fill(gettext("已逾期(%(time)s)"), { time: parts.when(task.due_at) }) : fill(gettext("%(time)s 前"), { time: parts.when(task.due_at) }));
  const isLate = task.due_at && new Date(task.due_at) < now;
  const css = isLate ? "act" : task.due_at && new Date(task.due_at) - now < 3 * 3600e3 ? "soon" : "";
  const advice = task.advice ? h("p", { class: "advice", hidden: true }, task.advice) : null;
  const finish = async () => {
    const said = await parts.dialog(task.title, [h("div", { class: "field-of" }, h("label", { for: "result" }, gettext("结果")), h("input", { name: "result", id: "result", maxlength: 300, required: true }))], gettext("完成"));
    if (said) await write({ target: `task:${task.id}`, act: { verb: "finish", result: said.result } });
  };
  return h("article", { class: `task ${css}`.trim() },
    h("h2", {}, `${words}:${task.title}`),
    h("p", {}, join(task.place, far(metres(from, task))), due ? [" · ", isLate ? h("b", {}, due) : due] : null),
    advice,
    h("div", { class: "buttons" },
      advice ? button(task.kind === "fraud" ? gettext("话术卡") : gettext("要点"), () => { advice.hidden = !advice.hidden; }) : null,
      button(task.kind === "fraud" ? gettext("已见面") : gettext("完成"), finish)));
}

const radius = (point, here) => point.radius_metres - (here?.accuracy > point.radius_metres ? point.radius_metres : 0);

// A point within its radius of a phone that knows well enough where it is checks itself in, once a round.
export async function checkInByPlace(today, here) {
  const near = today.points.find((point) => !point.visited_at && metres(here, point) <= radius(point, here));
  if (!near) return false;
  near.visited_at = new Date().toISOString();
  await write({ target: `point:${near.code}`, act: { verb: "visit", how: "geofence", lon: here.lon, lat: here.lat } });
  toast("fine", fill(gettext("已到 %(name)s,自动打卡。"), { name: near.name }));
  return true;
}

async function checkInByCode(today) {
  const code = await scan();
  if (!code) return;
  const point = today.points.find((one) => one.code === code);
  const here = parts.place();
  await write({ target: `point:${code}`, act: { verb: "visit", how: "qr", lon: here?.lon ?? null, lat: here?.lat ?? null } });
  toast("know", point ? fill(gettext("%(name)s 已打卡,待上传。"), { name: point.name }) : gettext("已记下,上传后核对编码。"));
}

function patrolCard(today, from) {
  const met = today.points.filter((point) => point.visited_at);
  const open = today.points.filter((point) => !point.visited_at);
  const next = open.map((point) => ({ point, away: metres(from, point) })).sort((a, b) => (a.away ?? 0) - (b.away ?? 0))[0];
  return h("article", { class: "task" },
    h("h2", {}, fill(gettext("巡防点 %(met)s / %(all)s"), { met: met.length, all: today.points.length })),
    h("p", {}, next
      ? join(fill(gettext("下一点:%(name)s"), { name: next.point.name }), far(next.away), gettext("扫码或到点自动打卡"))
      : gettext("本轮已全部到过。")),
    h("progress", { class: "fine", max: today.points.length, value: met.length, "aria-label": gettext("进度") }),
    next ? h("div", { class: "buttons" }, button(gettext("扫码打卡"), () => checkInByCode(today), "", "qrcode")) : null);
}

const dueOf = (task) => new Date(task.clock_due_at ?? task.due_at ?? 8.64e15).getTime();

// By what is due within the hour first, then by distance, then by due time.
export function inOrder(tasks, from, now) {
  const urgent = (task) => (dueOf(task) - now < 3600e3 ? 0 : 1);
  return [...tasks].sort((a, b) => urgent(a) - urgent(b) || (urgent(a) ? (metres(from, a) ?? 1e9) - (metres(from, b) ?? 1e9) : 0) || dueOf(a) - dueOf(b));
}

export function count(today) {
  return today.incidents.length + today.tasks.length + (today.points.some((point) => !point.visited_at) ? 1 : 0);
}

export async function show(root, today, who) {
  const waiting = (await store.outbox(who.id)).filter((row) => row.state === "waiting");
  const drafts = await store.drafts(who.id);
  const shown = overlay(today, waiting);
  const from = parts.place() ?? today.office;
  const now = Date.now();
  const { pages } = addresses();
  const cards = [
    ...drafts.map((key) => h("a", { class: "task draft", href: `${pages.record}#${key}` }, h("h2", {}, gettext("未写完的现场记录")), h("p", {}, gettext("点按继续,内容仍在。")))),
    ...inOrder(shown.incidents, from, now).map((task) => incidentCard(task, from, now)),
    ...inOrder(shown.tasks, from, now).map((task) => taskCard(task, from, now)),
    shown.points.length ? patrolCard(shown, from) : null,
    today.handover_url ? h("a", { class: "task link", href: today.handover_url }, h("h2", {}, gettext("交接班")), h("p", {}, gettext("60 秒看清上一班留下的事。"))) : null,
  ].filter(Boolean);
  if (!count(shown) && !drafts.length) cards.unshift(h("article", { class: "task" }, h("h2", {}, gettext("眼下没有任务")), h("p", {}, gettext("新的警情派来时会出现在这里;巡防中发现情况,按“现场记录”。"))));
  root.replaceChildren(...cards);
  document.querySelector("[data-heading]").textContent = fill(gettext("今天 · %(count)s 件"), { count: count(shown) });
}
