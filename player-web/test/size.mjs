// Each page stays light enough for a commune's line: kilobytes of 1,000, as sent, after brotli.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

const LIMITS = [
  { what: 'page, code and style', limit: 40e3, match: /^(index\.html|sw\.js|manifest\.webmanifest|(boot|player|style|drum)-.*|icon-\w+\.svg)$/ },
  { what: 'the wall: page, code and style', limit: 20e3, match: /^noc(\.html|-.*)$/ },
  { what: 'icons, asked for by who installs the page', limit: 15e3, match: /^icon-\d+-.*\.png$/ },
  { what: 'hls.js', limit: 155e3, match: /^hls-.*\.js$/ },
  { what: 'font', limit: 40e3, match: /\.woff2$/ },
];
/** Never asked for by the page. */
const UNSENT = /^licences\.txt$/;

/** A font is compressed within. */
const sent = (name, bytes) => (name.endsWith('.woff2') ? bytes.length : brotliCompressSync(bytes).length);

const files = readdirSync(dist).filter((name) => !UNSENT.test(name));
let failed = false;
for (const { what, limit, match } of LIMITS) {
  const counted = files.filter((name) => match.test(name));
  const size = counted.reduce((sum, name) => sum + sent(name, readFileSync(join(dist, name))), 0);
  const good = counted.length > 0 && size <= limit;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${what}: ${(size / 1000).toFixed(1)} kB of ${limit / 1000}`);
  failed = failed || !good;
}
const uncounted = files.filter((name) => !LIMITS.some(({ match }) => match.test(name)));
if (uncounted.length > 0) {
  console.log(`FAIL no limit covers ${uncounted.join(', ')}`);
  failed = true;
}
process.exit(failed ? 1 : 0);
