// The field app: what is kept is shown at once, what the server says replaces it, what is written waits in the outbox.
import "./shared.js";
import * as others from "./field_others.js";
import * as parts from "./field_parts.js";
import * as record from "./field_record.js";
import * as store from "./field_store.js";
import * as sync from "./field_sync.js";
import * as tasks from "./field_tasks.js";
import { fill, gettext } from "./words.js";

const page = document.getElementById("field-page");
const strip = document.querySelector("[data-outbox]");
const PAGES = { tasks: tasks.show, map: others.map, roster: others.roster, me: others.me, record: record.show, outbox: others.outbox };
// a page that somebody types into is drawn once; the others follow what comes in
const STILL = new Set(["record"]);
const REFRESH_MS = 60_000;
const AFTER_UPLOAD_MS = 300;
const AGAIN_SECONDS = 10;
let today = null;
let who = null;
let waited = 0;
let renewal = 0;

async function showOutbox() {
  if (!strip) return;
  const waits = await store.waiting(who?.id);
  const count = waits.changes + waits.files;
  const words = [];
  if (!navigator.onLine) words.push(gettext("离线"));
  else if (sync.state.needsSignIn) words.push(gettext("请重新登录后上传"));
  else if (count && sync.state.isSending) words.push(gettext("正在上传"));
  else if (count && sync.state.lastError) words.push(gettext("暂时连不上,稍后自动再传"));
  if (waits.changes) words.push(fill(gettext("%(count)s 条未上传"), { count: waits.changes }));
  if (waits.files) words.push(fill(gettext("%(count)s 个附件待传"), { count: waits.files }));
  if (waits.refused) words.push(fill(gettext("%(count)s 条未被接受"), { count: waits.refused }));
  if (!count && !waits.refused && waits.others) words.push(fill(gettext("本机另有他人 %(count)s 项未上传(已加密)"), { count: waits.others }));
  // what has just gone up changes the day: without asking again a card would fall back to its last known state
  if (count < waited && navigator.onLine) {
    clearTimeout(renewal);
    renewal = setTimeout(refresh, AFTER_UPLOAD_MS);
  }
  waited = count;
  strip.hidden = !words.length;
  strip.dataset.waiting = String(count);
  strip.classList.toggle("act", waits.refused > 0);
  const [first, ...rest] = words;
  strip.querySelector("[data-outbox-words]").replaceChildren(first ?? "", ...(rest.length ? [" · ", parts.h("b", {}, rest.join(" · "))] : []));
}

async function draw() {
  if (!page || !today || !who) return;
  const scope = document.querySelector("[data-scope]");
  const { group } = today;
  if (scope) {
    scope.textContent = parts.join(
      today.office.name,
      group.name ? `${group.name}(${group.member_codes.join("、")})` : group.member_codes.join("、"),
      group.end_at ? fill(gettext("%(shift)s至 %(time)s"), { shift: group.shift_name, time: parts.clock(group.end_at) }) : gettext("未在班"),
    );
  }
  await PAGES[page.dataset.page](page, today, who);
  page.dataset.drawn = "1";
}

const note = (heading, words) => parts.h("article", { class: "task" }, parts.h("h2", {}, heading), parts.h("p", {}, words));

// Spread out, so that phones which failed together do not come back together; one taken out of a pocket asks anyway.
function askAgain(seconds) {
  clearTimeout(renewal);
  renewal = setTimeout(() => document.hidden || refresh(), seconds * 1000 * (1 + 0.3 * Math.random()));
}

// Ask for the day; whoever the server says is signed in becomes this phone's account.
async function refresh() {
  if (!page) return;
  try {
    const answer = await sync.ask(sync.addresses().today);
    if (answer.status >= 500) {
      // the server is busy or starting: a day on the phone stays as it is, and is asked for again later
      if (!today) page.replaceChildren(note(gettext("警务室的服务器正忙"), gettext("稍后自动再取,不必刷新。")));
      askAgain(Number(answer.headers.get("Retry-After")) || AGAIN_SECONDS);
      return;
    }
    const said = await answer.json();
    if (!answer.ok) {
      page.replaceChildren(parts.h("article", { class: "task act" }, parts.h("h2", {}, said.message ?? gettext("没有取到任务"))));
      return;
    }
    const { keys, ...rest } = said;
    const isOther = who && who.id !== said.account.id;
    await store.signIn(said.account, keys);
    who = said.account;
    await store.keep(who.id, "today", { ...rest, kept_at: Date.now() });
    const mine = (await store.kept(who.id, "versions")) ?? {};
    for (const row of rest.records) mine[row.key] = row.version;
    await store.keep(who.id, "versions", mine);
    const isFirst = !today || isOther;
    today = rest;
    if (isFirst || !STILL.has(page.dataset.page)) await draw();
    const pages = Object.values(sync.addresses().pages);
    (await navigator.serviceWorker?.ready)?.active?.postMessage({ type: "keep", pages });
    sync.upload();
  } catch (error) {
    if (sync.state.needsSignIn && !who) window.location.assign(`${sync.addresses().sign_in}?next=${encodeURIComponent(window.location.pathname)}`);
    if (!today && !sync.state.needsSignIn) {
      page.replaceChildren(note(gettext("还没有可离线使用的任务"), gettext("连上网络打开一次,以后没有网络也能用。")));
      askAgain(AGAIN_SECONDS);
    }
  } finally {
    await showOutbox();
  }
}

async function start() {
  if (!page) return;
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(sync.addresses().worker, { scope: sync.addresses().pages.tasks }).catch(() => {});
  navigator.storage?.persist?.();
  who = await store.account();
  // the page came from the server for somebody else: nothing kept is shown before it is known who asks
  if (who && String(who.id) !== page.dataset.account) who = null;
  if (who) today = await store.kept(who.id, "today");
  await draw();
  await showOutbox();
  parts.watchPlace(async (here) => {
    if (!today || !who) return;
    const isNew = today.points.length && (await tasks.checkInByPlace(tasks.overlay(today, await store.outbox(who.id)), here));
    if (isNew || page.dataset.page === "tasks") await draw();
  });
  await refresh();
  watchTheDay();
}

// Once a minute while somebody looks; a phone in a pocket asks nothing, and asks at once when it is taken out.
let beat = 0;
function watchTheDay() {
  clearInterval(beat);
  if (page && !document.hidden) beat = setInterval(renew, REFRESH_MS);
}
function renew() {
  if (navigator.onLine) refresh();
  else if (!STILL.has(page.dataset.page)) draw();
}
document.addEventListener("visibilitychange", () => {
  watchTheDay();
  if (page && !document.hidden) renew();
});

// A kept page carries no token, which another sign-in would have made stale: a form takes the cookie's as it goes.
document.addEventListener("submit", ({ target: form }) => {
  if (form.method !== "post") return;
  const field = form.elements.csrfmiddlewaretoken ?? form.appendChild(parts.h("input", { type: "hidden", name: "csrfmiddlewaretoken" }));
  field.value = sync.token();
}, { capture: true });

window.addEventListener("online", () => refresh());
window.addEventListener("offline", () => showOutbox());
let redraw = 0;
document.addEventListener("outbox", () => {
  showOutbox();
  clearTimeout(redraw);
  redraw = setTimeout(() => { if (page && !STILL.has(page.dataset.page)) draw(); }, 60);
});
start();
