// How long after a picture was made it is seen: the test picture's clock, read off what Chromium shows.
//
//   HEADEND_URL             base URL of a node whose first channel is the test picture
//   HEADEND_PLAY_SECONDS    how long it is watched once it has settled: 60
//   CHROMIUM                /usr/bin/chromium
//
// At the end one line of JSON, times in ms. The clock is where the white bar and the square are: the bar crosses the picture in
// 4 s, the square goes to and fro in 7 s (headend/media/src/picture/scene.rs), so both are where they were after 28 s.

import assert from 'node:assert/strict';
import { launch } from './launch.mjs';
import { pause } from './stage.mjs';

const SPAN = Number(process.env.HEADEND_PLAY_SECONDS || 60) * 1000;
const SETTLE_MS = 40000;
const OPEN_MS = 30000;
const RATE = 25;
const PERIOD = 28 * RATE;
/** Both places together are read so well, in parts of the width. */
const NEAR = 0.03;

/** In the page: about five times a second, where the bar and the square are, in parts of the width, and when that is shown. */
function watch() {
  const video = document.querySelector('video');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  window.seen = [];
  window.stood = 0;
  video.addEventListener('waiting', () => (window.stood += 1));
  const columns = (top, height, holds) => {
    const { width, data } = context.getImageData(0, Math.round(canvas.height * top), canvas.width, Math.round(canvas.height * height));
    let [sum, count] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (!holds(data[at], data[at + 1], data[at + 2])) continue;
      sum += (at / 4) % width;
      count += 1;
    }
    return count === 0 ? null : (sum / count + 0.5) / width;
  };
  let last = 0;
  const look = (now, { expectedDisplayTime }) => {
    video.requestVideoFrameCallback(look);
    if (now - last < 200) return;
    last = now;
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    context.drawImage(video, 0, 0);
    const bar = columns(0.56, 0.06, (r, g, b) => Math.min(r, g, b) > 215);
    const square = columns(0.67, 0.19, (r, g, b) => r > 140 && g > 140 && b < 90);
    window.seen.push({ at: Date.now() - performance.now() + Math.max(expectedDisplayTime, now), bar, square });
  };
  video.requestVideoFrameCallback(look);
}

/** Where the middle of each is in frame number `frame` since 1970, in a picture of 16:9. */
function drawn(frame) {
  const side = (0.08 * 9) / 16;
  const bar = (frame % (4 * RATE)) / (4 * RATE) + 1 / 160;
  const square = ((frame % (7 * RATE)) / (7 * RATE)) * 2;
  return { bar, square: (1 - side) * (square < 1 ? square : 2 - square) + side / 2 };
}

/**
 * How old the picture may be that was seen at `at`, the likeliest first: the same places come again in 28 s. None where the bar
 * is cut off at the edge, or nothing was found.
 */
function ages({ at, bar, square }) {
  if (bar === null || square === null || bar < 0.02 || bar > 0.98) return [];
  const newest = Math.floor((at * RATE) / 1000) + 1;
  const candidates = Array.from({ length: PERIOD }, (_, back) => {
    const there = drawn(newest - back);
    return { off: Math.abs(there.bar - bar) + Math.abs(there.square - square), age: at - ((newest - back) * 1000) / RATE };
  });
  return candidates.filter(({ off }) => off < NEAR).sort((a, b) => a.off - b.off).map(({ age }) => age);
}

const median = (values) => values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];

const browser = await launch('chromium', true);
const page = await (await browser.newContext({ viewport: { width: 640, height: 360 } })).newPage();
const errors = [];
page.on('pageerror', (error) => errors.push(String(error)));
await page.goto(process.env.HEADEND_URL, { waitUntil: 'commit' });
const start = Date.now();
while (!(await page.evaluate(() => (document.querySelector('video') || {}).currentTime > 0).catch(() => false))) {
  assert.ok(Date.now() - start < OPEN_MS, `no picture within ${OPEN_MS} ms`);
  await pause(50);
}
await pause(SETTLE_MS);
await page.evaluate(watch);
await pause(SPAN);
const { seen, stood } = await page.evaluate(() => ({ seen: window.seen, stood: window.stood }));
await browser.close();
const read = seen.map(ages).filter((likely) => likely.length > 0);
assert.ok(read.length > seen.length / 2, `the clock was read in ${read.length} of ${seen.length} pictures: ${JSON.stringify(seen.slice(-3))}`);
const usual = median(read.map(([likeliest]) => likeliest));
const found = read.map((likely) => likely.reduce((best, age) => (Math.abs(age - usual) < Math.abs(best - usual) ? age : best)));
const round = Math.round;
console.log(JSON.stringify({ median: round(median(found)), least: round(Math.min(...found)), worst: round(Math.max(...found)),
  read: read.length, seen: seen.length, stood, errors }));
