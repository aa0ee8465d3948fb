// The page in Chromium while the node switches from one source to another: how long the picture
// stands still at most.
//
//   HEADEND_URL            base URL of a node with a channel on air
//   HEADEND_PLAY_SECONDS   how long the picture is watched: 40
//   HEADEND_SCREENSHOTS    a folder for a picture each 5 s; left out: none
//   CHROMIUM               /usr/bin/chromium
//
// Says `playing` when the picture moves, then watches, then says the longest stall of each 5 s.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SPAN = Number(process.env.HEADEND_PLAY_SECONDS || 40) * 1000;
const MOST_MS = 2000;
const PART_MS = 5000;
const folder = process.env.HEADEND_SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
});
const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
const errors = [];
page.on('pageerror', (error) => errors.push(String(error)));
await page.goto(process.env.HEADEND_URL);
const now = () => page.evaluate(() => {
  const video = document.querySelector('video');
  const { totalVideoFrames: frames, corruptedVideoFrames: corrupted } = video.getVideoPlaybackQuality();
  return { time: video.currentTime, frames, corrupted, error: video.error && video.error.message };
});
for (const start = Date.now(); (await now()).time < 2;) {
  assert.ok(Date.now() - start < 20000, 'no picture within 20 s');
  await pause(50);
}
console.log('playing');

const start = Date.now();
const parts = [];
let last = { ...(await now()), at: start };
while (Date.now() - start < SPAN) {
  await pause(50);
  const seen = await now();
  const at = Date.now();
  assert.equal(seen.error, null);
  const part = Math.floor((at - start) / PART_MS);
  if (parts[part] === undefined) {
    parts[part] = 0;
    if (folder) await page.screenshot({ path: join(folder, `switch-${part}.png`) });
  }
  if (seen.time !== last.time && seen.frames !== last.frames) last = { ...seen, at };
  parts[part] = Math.max(parts[part], at - last.at);
}
const end = await now();
await browser.close();
console.log(`longest stall in each ${PART_MS / 1000} s, ms: ${parts.join(' ')}; ${end.frames} frames, ${end.corrupted} corrupted`);
assert.deepEqual(errors, []);
assert.ok(Math.max(...parts) <= MOST_MS, `a stall of ${Math.max(...parts)} ms`);
assert.equal(end.corrupted, 0);
