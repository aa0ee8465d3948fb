// Which code points a font has: the `cmap` of a WOFF2 file (W3C WOFF 2.0, OpenType 1.9).

import { brotliDecompressSync } from 'node:zlib';

const HEADER = 48;
const CMAP = 0;
const GLYF = 10;
const LOCA = 11;
/** The order of known tags, WOFF 2.0 §4.1; 63 is followed by a tag. */
const OTHER = 63;

/** UIntBase128, WOFF 2.0 §3.2: seven bits a byte, the last without its highest. */
function base128(bytes: Buffer, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let next = at; ; next += 1) {
    const byte = bytes.readUInt8(next);
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, next + 1];
  }
}

function cmap(font: Buffer): Buffer {
  const tables = font.readUInt16BE(12);
  let [at, offset, found] = [HEADER, 0, [0, 0]];
  for (let table = 0; table < tables; table += 1) {
    const flags = font.readUInt8(at);
    const tag = flags & 63;
    let length = 0;
    [length, at] = base128(font, at + (tag === OTHER ? 5 : 1));
    // `glyf` and `loca` are transformed by version 0, all others by any but 0.
    const isOutline = tag === GLYF || tag === LOCA;
    if (isOutline ? flags >> 6 === 0 : flags >> 6 !== 0) [length, at] = base128(font, at);
    if (tag === CMAP) found = [offset, length];
    offset += length;
  }
  const [start = 0, length = 0] = found;
  return brotliDecompressSync(font.subarray(at, at + font.readUInt32BE(20))).subarray(start, start + length);
}

/** Format 4, OpenType `cmap`: segments of code points, the glyph by difference or by a list behind. */
function segments(table: Buffer): Set<number> {
  const points = new Set<number>();
  const half = table.readUInt16BE(6);
  for (let at = 0; at < half; at += 2) {
    const [end, start] = [table.readUInt16BE(14 + at), table.readUInt16BE(16 + half + at)];
    const [delta, place] = [table.readUInt16BE(16 + 2 * half + at), 16 + 3 * half + at];
    const range = table.readUInt16BE(place);
    for (let point = start; point <= end && point < 0xffff; point += 1) {
      const listed = range === 0 ? point : table.readUInt16BE(place + range + 2 * (point - start));
      if (listed !== 0 && ((listed + delta) & 0xffff) !== 0) points.add(point);
    }
  }
  return points;
}

/** The code points of the Basic Multilingual Plane that the font has a glyph for. */
export function pointsOf(base64: string): Set<number> {
  const table = cmap(Buffer.from(base64, 'base64'));
  for (let record = 4; record < 4 + 8 * table.readUInt16BE(2); record += 8) {
    const sub = table.subarray(table.readUInt32BE(record + 4));
    if (sub.readUInt16BE(0) === 4) return segments(sub);
  }
  throw new Error('no cmap of format 4');
}
