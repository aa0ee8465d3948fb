// The page in Chromium on a line whose rate changes: what it plays, one after the other.
//
//   HEADEND_URL       base URL of a node with a channel on air
//   HEADEND_STATES    what is waited for, in this order: `picture LINES`, `sound alone`, or `back SECONDS`, to which it goes; with
//                     commas between
//   CHROMIUM          /usr/bin/chromium
//
// Says each when it comes; at the end how long at most the clock stood in a sound alone, in ms, and how far behind live each
// was, in s.

import assert from 'node:assert/strict';
import { launch } from './launch.mjs';
import { pause } from './stage.mjs';

const PATIENCE_MS = 150000;

const now = (page) => page.evaluate(() => {
  const { videoHeight: lines, currentTime: time } = document.querySelector('video');
  const [body, cover] = [document.body, document.getElementById('cover')];
  const clock = (id) => document.getElementById(id).textContent.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const behind = (clock('timeline-live') - clock('timeline-position') + 86400) % 86400;
  return { lines, time, behind, covered: body.getAttribute('data-cover') === 'true', kind: cover.getAttribute('data-kind') };
});

const browser = await launch('chromium', true);
const page = await (await browser.newContext({ viewport: { width: 640, height: 360 }, locale: 'vi-VN' })).newPage();
const errors = [];
page.on('pageerror', (error) => errors.push(String(error)));
await page.goto(process.env.HEADEND_URL, { waitUntil: 'commit', timeout: PATIENCE_MS });
let [last, movedAt, longest] = [-1, Date.now(), 0];
const far = [];
for (const state of process.env.HEADEND_STATES.split(',')) {
  const start = Date.now();
  const [, back] = /^back (\d+)$/.exec(state) || [null, 0];
  for (let gone = 0; gone < back; gone += 10) await page.evaluate(() => document.getElementById('to-back').click());
  for (;;) {
    const { lines, time, covered, kind, behind } = await now(page).catch(() => ({ lines: 0, time: last, covered: true, kind: null }));
    const alone = covered && kind === 'soundAlone';
    const moves = time !== last;
    if (moves) movedAt = Date.now();
    if (alone) longest = Math.max(longest, Date.now() - movedAt);
    last = time;
    const is = alone ? 'sound alone' : covered ? kind : `picture ${lines}`;
    if (moves && (back ? !covered && behind >= back - 5 : is === state)) {
      far.push(behind);
      break;
    }
    assert.ok(Date.now() - start < PATIENCE_MS, `no ${state} but ${is} at ${time} s`);
    await pause(100);
  }
  console.log(`${state} after ${Date.now() - start} ms`);
}
await browser.close();
console.log(JSON.stringify({ longest, far, errors }));
