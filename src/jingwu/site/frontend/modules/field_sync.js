// Upload what waits: changes first, then their files. Nothing leaves the outbox before the server said it has it.
import * as store from "./field_store.js";

const CHANGES_AT_ONCE = 50;
const TIME_OUT_MS = 25_000;
const PAUSES_MS = [3_000, 8_000, 20_000, 60_000];
// When the server, too busy, asked to be left alone until: on every page of the app, whatever is written meanwhile.
// A clock that was set back must not silence the phone.
const NOT_BEFORE = "field-not-before";
const NOT_BEFORE_AT_MOST_MS = 300_000;
let failures = 0;
let timer = 0;

export const state = { isSending: false, needsSignIn: false, lastError: "" };

function tell() {
  document.dispatchEvent(new CustomEvent("outbox"));
}

// The token of the moment: a page the phone keeps carries none.
export const token = () => decodeURIComponent(document.cookie.split("; ").find((one) => one.startsWith("csrftoken="))?.slice(10) ?? "");

// Ask the server; a sign-in page in place of an answer is said as what it is.
export async function ask(url, options = {}) {
  const answer = await fetch(url, {
    ...options,
    credentials: "same-origin",
    redirect: "manual",
    cache: "no-store",
    signal: AbortSignal.timeout(TIME_OUT_MS),
    headers: { Accept: "application/json", "X-CSRFToken": token(), ...options.headers },
  });
  state.needsSignIn = answer.type === "opaqueredirect" || answer.status === 401;
  if (state.needsSignIn) throw new Error("sign-in");
  return answer;
}

export function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(() => upload(), milliseconds);
}

function pause(answer) {
  const asked = Number(answer?.headers.get("Retry-After"));
  const base = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)];
  failures += 1;
  // spread out: three hundred phones that come back at once must not come back at once again; but never
  // before the moment the server named
  if (asked > 0) localStorage.setItem(NOT_BEFORE, String(Date.now() + asked * 1000));
  later(asked > 0 ? asked * 1000 * (1 + 0.3 * Math.random()) : base * (0.5 + Math.random()));
}

// One tab uploads at a time; the others find the outbox empty afterwards.
export function upload() {
  return navigator.locks.request("field-sync", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    const rest = Number(localStorage.getItem(NOT_BEFORE)) - Date.now();
    if (rest > 0 && rest < NOT_BEFORE_AT_MOST_MS) return void later(rest * (1 + 0.3 * Math.random()));
    const who = await store.account();
    if (!who) return;
    state.isSending = true;
    tell();
    try {
      if ((await sendChanges(who.id)) && (await sendFiles(who.id))) {
        failures = 0;
        state.lastError = "";
      }
    } catch (error) {
      // no network, a time-out, a closed session: all of it stays where it is
      state.lastError = error.name === "TimeoutError" ? "timeout" : String(error.message);
      if (!state.needsSignIn) pause(null);
    } finally {
      state.isSending = false;
      tell();
    }
  });
}

async function sendChanges(id) {
  const { sync } = addresses();
  let most = CHANGES_AT_ONCE;
  for (;;) {
    const rows = (await store.outbox(id)).filter((row) => row.state === "waiting").slice(0, most);
    if (!rows.length) return true;
    const batch = {
      account: id, device: await store.deviceId(), label: navigator.userAgent.slice(0, 100),
      sent_at: new Date().toISOString(), changes: rows.map((row) => row.change),
    };
    const answer = await ask(sync, { method: "POST", body: JSON.stringify(batch), headers: { "Content-Type": "application/json" } });
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      // one unreadable change must not hold back the others: they go one by one, and it is set aside
      if (answer.status === 422 && said.code && rows.length > 1) { most = 1; continue; }
      if (answer.status === 422 && said.code) { await store.settle(rows[0].seq, said); continue; }
      state.lastError = said.message ?? `HTTP ${answer.status}`;
      pause(answer);
      return false;
    }
    const said = await answer.json();
    await noteVersions(id, said);
    const bySeq = new Map(said.answers.map((one) => [one.id, one]));
    let settled = 0;
    for (const row of rows) {
      const outcome = bySeq.get(row.change.id);
      if (!outcome) continue;
      settled += 1;
      await store.settle(row.seq, outcome.outcome === "refused" ? outcome : null);
    }
    tell();
    if (!settled) throw new Error("the server answered none of what was sent");
  }
}

async function noteVersions(id, said) {
  const versions = (await store.kept(id, "versions")) ?? {};
  const missing = (await store.kept(id, "missing")) ?? {};
  Object.assign(versions, said.versions);
  Object.assign(missing, said.missing);
  await store.keep(id, "versions", versions);
  await store.keep(id, "missing", missing);
  await store.keep(id, "clock", { skewSeconds: said.skew_seconds });
}

async function sendFiles(id) {
  for (const file of (await store.files(id)).filter((one) => one.state === "waiting")) {
    const form = new FormData();
    form.set("kind", file.kind);
    form.set("file", await store.fileBlob(id, file.id), file.id);
    const answer = await ask(addresses().file.replace("FILE", file.id), { method: "POST", body: form });
    const refused = [403, 409, 413, 422].includes(answer.status);
    if (!answer.ok && !refused) {
      pause(answer);
      return false;
    }
    const said = await answer.json().catch(() => ({}));
    // refused by CSRF or a proxy is no word about the file: only the site's own refusal settles it
    if (refused && !said.code) {
      pause(answer);
      return false;
    }
    await store.settleFile(file.id, refused ? said : null);
    tell();
  }
  return true;
}

export function addresses() {
  return JSON.parse(document.getElementById("field-addresses").textContent);
}

// Write a change down and try to send it at once.
export async function write(change, files = []) {
  const who = await store.account();
  const versions = (await store.kept(who.id, "versions")) ?? {};
  const own = await store.enqueue(who.id, { base_version: versions[change.target] ?? 0, ...change }, files);
  tell();
  upload();
  return own;
}
