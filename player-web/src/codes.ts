// The code that a hall reads out on the telephone.

/** Letters and digits that nobody mistakes for another: no 0, O, 1, I, L. */
const SIGNS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const LENGTH = 6;

function random(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  try {
    return crypto.getRandomValues(bytes);
  } catch (error) {
    return bytes.map(() => Math.floor(Math.random() * 256));
  }
}

/** `K7MX2P` */
export function reportCode(): string {
  let code = '';
  while (code.length < LENGTH) {
    // A byte over the last whole round would favour the first signs.
    const fair = random(new Uint8Array(LENGTH)).filter((byte) => byte < 256 - (256 % SIGNS.length));
    fair.forEach((byte) => (code += SIGNS.charAt(byte % SIGNS.length)));
  }
  return code.slice(0, LENGTH);
}

/** A UUID of version 4 (RFC 9562, 5.4): `crypto.randomUUID` is newer than the engines here. */
export function uuid(): string {
  const bytes = random(new Uint8Array(16));
  bytes[6] = ((bytes[6] || 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] || 0) & 0x3f) | 0x80;
  let text = '';
  bytes.forEach((byte, index) => {
    text += (index === 4 || index === 6 || index === 8 || index === 10 ? '-' : '') + (byte < 16 ? '0' : '') + byte.toString(16);
  });
  return text;
}
