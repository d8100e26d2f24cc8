// What the phone keeps, by account and sealed with the account's key: a second account can read none of it.
import { openDB } from "idb";

const NONCE = 12;
let opened;

function database() {
  opened ??= openDB("jingwu-field", 1, {
    upgrade(db) {
      db.createObjectStore("device");
      db.createObjectStore("keys");
      db.createObjectStore("kept");
      db.createObjectStore("counters");
      const outbox = db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      outbox.createIndex("account", "account");
      const files = db.createObjectStore("files", { keyPath: "id" });
      files.createIndex("account", "account");
    },
    terminated() { opened = undefined; },
  });
  return opened;
}

const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
export const textOf = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
};
// crypto.randomUUID exists only where the page is secure, and the service worker only there as well
export const newId = () => crypto.randomUUID();

export async function deviceId() {
  const db = await database();
  const there = await db.get("device", "id");
  if (there) return there;
  const made = newId();
  await db.put("device", made, "id");
  return made;
}

// The account signed in last on this phone: {id, label}; null after signing out.
export async function account() {
  return (await (await database()).get("device", "account")) ?? null;
}

// Sign in: keep this account's keys (not extractable), drop those of every other account.
export async function signIn(who, keys) {
  const ring = [];
  for (const [id, text] of Object.entries(keys)) {
    ring.push({ id, key: await crypto.subtle.importKey("raw", bytesOf(text), "AES-GCM", false, ["encrypt", "decrypt"]) });
  }
  const tx = (await database()).transaction(["device", "keys"], "readwrite");
  await tx.objectStore("keys").clear();
  await tx.objectStore("keys").put(ring, who.id);
  await tx.objectStore("device").put(who, "account");
  await tx.done;
}

// Sign out: without the key the outbox stays, closed, until its owner signs in again.
export async function signOut() {
  const tx = (await database()).transaction(["device", "keys"], "readwrite");
  await tx.objectStore("keys").clear();
  await tx.objectStore("device").delete("account");
  await tx.done;
}

async function ringOf(id) {
  const ring = await (await database()).get("keys", id);
  if (!ring?.length) throw new Error("signed out");
  return ring;
}

async function sealBytes(id, bytes) {
  const [{ id: keyId, key }] = await ringOf(id);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, bytes));
  const sealed = new Uint8Array(NONCE + body.length);
  sealed.set(nonce);
  sealed.set(body, NONCE);
  return { keyId, sealed };
}

async function openBytes(id, { keyId, sealed }) {
  const ring = await ringOf(id);
  const { key } = ring.find((one) => one.id === keyId) ?? ring[0];
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.subarray(0, NONCE) }, key, sealed.subarray(NONCE)));
}

const seal = (id, plain) => sealBytes(id, new TextEncoder().encode(JSON.stringify(plain)));
const open = async (id, row) => JSON.parse(new TextDecoder().decode(await openBytes(id, row)));
export const sealParcel = seal;

// Named things: today's tasks, drafts, versions of records.
export async function keep(id, name, plain) {
  const row = await seal(id, plain);
  await (await database()).put("kept", row, `${id}:${name}`);
}

export async function kept(id, name) {
  const row = await (await database()).get("kept", `${id}:${name}`);
  if (!row) return null;
  try {
    return await open(id, row);
  } catch {
    return null; // sealed with a key that is gone
  }
}

export async function drop(id, name) {
  await (await database()).delete("kept", `${id}:${name}`);
}

export async function drafts(id) {
  const db = await database();
  const start = `${id}:draft:`;
  return (await db.getAllKeys("kept", IDBKeyRange.bound(start, `${start}\uffff`))).map((name) => name.slice(start.length));
}

// Put a change (with the files it announces) into the outbox; both are on the disk, or neither.
// The lock makes the numbers of one record's changes run without a gap, in whichever tab they are made.
export function enqueue(id, change, files = []) {
  return navigator.locks.request("field-write", async () => {
    const db = await database();
    const counter = `${id}|${change.target}`;
    const number = ((await db.get("counters", counter)) ?? 0) + 1;
    const own = { id: newId(), said_at: new Date().toISOString(), fields: {}, added: {}, act: {}, base_version: 0, ...change, number };
    const row = { account: id, state: "waiting", ...(await seal(id, own)) };
    const parcels = [];
    for (const file of files) {
      const bytes = new Uint8Array(await file.blob.arrayBuffer());
      parcels.push({ id: file.id, account: id, kind: file.kind, type: file.blob.type, state: "waiting", ...(await sealBytes(id, bytes)) });
    }
    const tx = db.transaction(["counters", "outbox", "files"], "readwrite", { durability: "strict" });
    tx.objectStore("counters").put(number, counter);
    tx.objectStore("outbox").put(row);
    for (const parcel of parcels) tx.objectStore("files").put(parcel);
    await tx.done;
    return own;
  });
}

// The account's outbox in the order it was written, opened.
export async function outbox(id) {
  const rows = await (await database()).getAllFromIndex("outbox", "account", id);
  const found = [];
  for (const row of rows) {
    try {
      found.push({ seq: row.seq, state: row.state, answer: row.answer, change: await open(id, row) });
    } catch {
      found.push({ seq: row.seq, state: "closed", change: null });
    }
  }
  return found;
}

export async function settle(seq, answer = null) {
  const db = await database();
  if (!answer) return db.delete("outbox", seq);
  const tx = db.transaction("outbox", "readwrite");
  const row = await tx.store.get(seq);
  if (row) await tx.store.put({ ...row, state: "refused", answer });
  return tx.done;
}

export async function files(id) {
  const rows = await (await database()).getAllFromIndex("files", "account", id);
  return rows.map(({ sealed, ...rest }) => ({ ...rest, size: sealed.length }));
}

export async function fileBlob(id, fileId) {
  const row = await (await database()).get("files", fileId);
  if (!row || row.account !== id) return null;
  return new Blob([await openBytes(id, row)], { type: row.type });
}

export async function settleFile(fileId, answer = null) {
  const db = await database();
  if (!answer) return db.delete("files", fileId);
  const row = await db.get("files", fileId);
  return row && db.put("files", { ...row, state: "refused", answer });
}

// How much waits, of this account and of others: others' things are counted, never opened.
export async function waiting(id) {
  const db = await database();
  const count = async (store) => (await db.getAll(store)).reduce(
    (sum, row) => {
      if (row.account !== id) sum.others += 1;
      else if (row.state === "refused") sum.refused += 1;
      else sum.own += 1;
      return sum;
    }, { own: 0, others: 0, refused: 0 });
  const [changes, parcels] = [await count("outbox"), await count("files")];
  return { changes: changes.own, files: parcels.own, refused: changes.refused + parcels.refused, others: changes.others + parcels.others };
}
