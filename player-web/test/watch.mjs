// The page in Chromium for as long as is asked: how soon the picture comes, how often and how long it stands still, what it holds.
//
//   HEADEND_URL             base URL of a node with a channel on air
//   HEADEND_OPENS           how often it is opened cold (nothing kept) and warm (opened again): 0, measured before all else
//   HEADEND_PLAY_SECONDS    how long the picture is watched: 40; 0: not at all
//   HEADEND_CPU_SLOWDOWN    the page's own work takes so many times as long: 1
//   HEADEND_SCREENSHOTS     a folder for a picture each twelfth of the time; left out: none
//   CHROMIUM                /usr/bin/chromium
//
// Says `playing` when the picture moves; at the end one line of JSON. Times are in ms.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bare } from './bare.mjs';
import { launch } from './launch.mjs';
import { folder, pause } from './stage.mjs';

const OPENS = Number(process.env.HEADEND_OPENS || 0);
const SPAN = Number(process.env.HEADEND_PLAY_SECONDS || 40) * 1000;
const SLOWDOWN = Number(process.env.HEADEND_CPU_SLOWDOWN || 1);
const PARTS = 12;
const OPEN_MS = 30000;

/**
 * In the page: each tenth of a second, whether the picture has moved on. A still time counts from the last step on, once
 * it is longer than a viewer overlooks.
 */
function watch() {
  const SEEN_MS = 300;
  const video = document.querySelector('video');
  const seen = { stalls: 0, still: 0, longest: 0, from: performance.now() };
  let last = { time: video.currentTime, frames: 0, at: performance.now() };
  setInterval(() => {
    const frames = video.getVideoPlaybackQuality().totalVideoFrames;
    const now = performance.now();
    seen.now = now - last.at > SEEN_MS ? now - last.at : 0;
    if (video.currentTime === last.time || frames === last.frames) return;
    if (now - last.at > SEEN_MS) {
      seen.stalls += 1;
      seen.still += now - last.at;
      seen.longest = Math.max(seen.longest, now - last.at);
    }
    seen.now = 0;
    last = { time: video.currentTime, frames, at: now };
  }, 100);
  window.seen = seen;
}

const now = (page) => page.evaluate(() => {
  const video = document.querySelector('video');
  const { totalVideoFrames: frames, droppedVideoFrames: dropped, corruptedVideoFrames: corrupted } = video.getVideoPlaybackQuality();
  const { stalls, still, longest, from, now: open } = window.seen || {};
  return { time: video.currentTime, frames, dropped, corrupted, error: video.error && video.error.message, stalls: stalls + (open ? 1 : 0),
    still: still + (open || 0), longest: Math.max(longest, open || 0), watched: performance.now() - from };
});

/** From the address to the first picture that moves. */
async function opened(page) {
  const start = Date.now();
  await page.goto(process.env.HEADEND_URL, { waitUntil: 'commit' });
  for (;;) {
    const { time, frames } = await now(page).catch(() => ({ time: 0, frames: 0 }));
    if (time > 0 && frames > 1) return Date.now() - start;
    assert.ok(Date.now() - start < OPEN_MS, `no picture within ${OPEN_MS} ms`);
    await pause(20);
  }
}

/** Resident kB of the browser and all that it has started. */
function resident(root) {
  const parents = new Map();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(Number(id), Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const ours = (id) => id === root || (parents.has(id) && ours(parents.get(id)));
  return [...parents.keys()].filter(ours).reduce((sum, id) => {
    try {
      return sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1]);
    } catch {
      return sum;
    }
  }, 0);
}

const median = (values) => values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];

const errors = [];
const viewport = { width: 640, height: 360 };
const report = {};

const opens = { cold: [], warm: [] };
const browser = OPENS > 0 ? await launch('chromium', true) : null;
for (let turn = 0; turn < OPENS; turn += 1) {
  const context = await browser.newContext({ viewport });
  opens.cold.push(await opened(await context.newPage()));
  await pause(1000);
  await context.pages()[0].close();
  opens.warm.push(await opened(await context.newPage()));
  await context.close();
}
await browser?.close();
if (OPENS > 0) Object.assign(report, { cold: median(opens.cold), warm: median(opens.warm), opens });

if (SPAN > 0) {
  const page = await bare(viewport, errors);
  if (SLOWDOWN > 1) await page.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  report.opened = await opened(page);
  await page.evaluate(watch);
  console.log('playing');
  await page.send('Performance.enable');
  report.parts = [];
  for (let part = 0; part < PARTS; part += 1) {
    await pause(SPAN / PARTS);
    if (folder) await page.screenshot({ path: join(folder, `watch-${part}.png`) });
    await page.send('HeapProfiler.collectGarbage');
    const { metrics } = await page.send('Performance.getMetrics');
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
    const { still, longest, stalls } = await now(page);
    report.parts.push({ heap, resident: resident(process.pid), still: Math.round(still), longest: Math.round(longest), stalls });
  }
  const end = await now(page);
  assert.equal(end.error, null);
  for (const name of ['watched', 'stalls', 'still', 'longest', 'frames', 'dropped', 'corrupted']) report[name] = Math.round(end[name]);
  await page.close();
}
console.log(JSON.stringify({ ...report, errors }));
