// The outbox as one encrypted file, for the day on which no network comes back: two layers, see incidents/field/keys.py.
import * as store from "./field_store.js";

const FORMAT = "jingwu-outbox-1";
const ITERATIONS = 600_000;
export const PASS_PHRASE_SIGNS = 10;

export async function exported(who, passPhrase) {
  const rows = (await store.outbox(who.id)).filter((row) => row.state === "waiting");
  const files = [];
  for (const file of (await store.files(who.id)).filter((one) => one.state === "waiting")) {
    const bytes = new Uint8Array(await (await store.fileBlob(who.id, file.id)).arrayBuffer());
    files.push({ id: file.id, kind: file.kind, data: store.textOf(bytes) });
  }
  const { keyId, sealed } = await store.sealParcel(who.id, {
    device: await store.deviceId(), label: navigator.userAgent.slice(0, 100), sent_at: new Date().toISOString(),
    changes: rows.map((row) => row.change), files,
  });
  const outer = JSON.stringify({ account: who.id, key_id: keyId, parcel: store.textOf(sealed) });
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(passPhrase), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS }, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(FORMAT) }, key, new TextEncoder().encode(outer)));
  const file = { format: FORMAT, iterations: ITERATIONS, salt: store.textOf(salt), iv: store.textOf(iv), data: store.textOf(data) };
  return new Blob([JSON.stringify(file)], { type: "application/json" });
}
