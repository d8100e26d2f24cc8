// The app's icon, drawn here and rasterised here: a map pin with a tick on the house's dark blue. No emblem.
import { deflateSync } from "node:zlib";

const GROUND = [0x13, 0x24, 0x3b];
const PIN = [0xff, 0xff, 0xff];
const TICK = [0x1f, 0x5f, 0xa8];
const SAMPLES = 4; // a side, for soft edges

// Distance from p to the stretch a–b, in shares of the side.
function away(px, py, ax, ay, bx, by) {
  const t = Math.max(0, Math.min(1, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
  return Math.hypot(px - ax - t * (bx - ax), py - ay - t * (by - ay));
}

// The whole drawing stays inside the middle 80 %, which a mask leaves.
function colour(x, y) {
  if (away(x, y, 0.41, 0.43, 0.475, 0.495) < 0.032 || away(x, y, 0.475, 0.495, 0.6, 0.365) < 0.032) return TICK;
  const inDisc = Math.hypot(x - 0.5, y - 0.43) < 0.235;
  const half = (0.82 - y) * 0.475;
  const inTip = y > 0.53 && y < 0.82 && Math.abs(x - 0.5) < half;
  return inDisc || inTip ? PIN : GROUND;
}

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(name, body) {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(name, 4, "latin1");
  body.copy(out, 8);
  let crc = 0xffffffff;
  for (const byte of out.subarray(4, 8 + body.length)) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 8 + body.length);
  return out;
}

// Return the icon as a PNG of size × size pixels.
export function fieldIcon(size) {
  const rows = Buffer.alloc(size * (size * 3 + 1));
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const sum = [0, 0, 0];
      for (let n = 0; n < SAMPLES * SAMPLES; n++) {
        const x = (column + ((n % SAMPLES) + 0.5) / SAMPLES) / size;
        const y = (row + (Math.floor(n / SAMPLES) + 0.5) / SAMPLES) / size;
        colour(x, y).forEach((value, channel) => { sum[channel] += value; });
      }
      sum.forEach((value, channel) => { rows[row * (size * 3 + 1) + 1 + column * 3 + channel] = Math.round(value / SAMPLES ** 2); });
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0)),
  ]);
}
