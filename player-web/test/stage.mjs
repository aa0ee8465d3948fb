// What the journeys share: waiting, looking, the picture, the focus.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { technicalIn } from './technical.mjs';

const seconds = (name, usual) => Number(process.env[name] || usual);
export const PLAY_SECONDS = seconds('HEADEND_PLAY_SECONDS', 10);
export const OFFLINE_SECONDS = seconds('HEADEND_OFFLINE_SECONDS', 30);
/** A test machine without a GPU draws by software, and may be busy with something else for a while. */
export const TINY = { width: 640, height: 360 };
export const WINDOWS = 3;
/** From a page asked for to a picture that moves; from a mended line to the same. */
export const OPEN_MS = 15000;
export const BACK_MS = 5000;
/** What is buffered may play on for so long after the line went. */
export const DRAINED_MS = 40000;
export const TELEVISION = 'Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 Chrome/76.0.3809.146 TV Safari/537.36';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const folder = process.env.HEADEND_SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(what, ms, ready) {
  const start = Date.now();
  for (;;) {
    if (await ready()) return Date.now() - start;
    assert.ok(Date.now() - start < ms, `${what}: not within ${ms} ms`);
    await pause(50);
  }
}

/** What the video element shows. */
export const picture = (page) => page.evaluate(() => {
  const video = document.querySelector('video');
  const { totalVideoFrames: frames, droppedVideoFrames: dropped } = video.getVideoPlaybackQuality();
  return { time: video.currentTime, muted: video.muted, paused: video.paused, frames, dropped };
});
export const mark = (page, name) => page.getAttribute('body', `data-${name}`);
export const kind = async (page) => ((await mark(page, 'cover')) === 'true' ? page.getAttribute('#cover', 'data-kind') : null);
export const focus = (page) => page.evaluate(() => (document.activeElement ? document.activeElement.id : ''));
export const shown = (page, id) => page.isVisible(`#${id}`);

/** The lines of CMCD that the page sends from now on; the headend gets none of them. Read in the page, for not every browser shows a driver what is sent. */
export async function sentReports(page) {
  await page.evaluate(() => {
    const { open, send } = XMLHttpRequest.prototype;
    window.reported = [];
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
      this.reports = String(url).endsWith('cmcd');
      return open.call(this, method, url, ...rest);
    };
    XMLHttpRequest.prototype.send = function (body) {
      if (this.reports) window.reported.push(...body.split('\n'));
      return send.call(this, body);
    };
  });
  await page.route('**/cmcd', (route) => route.fulfill({ status: 204 }));
  return () => page.evaluate(() => window.reported);
}

/** Has the node say of its channels what `change` makes of them; `null`: that there is none such. */
export const nodeSays = (page, change) => page.route('**/api/v1/node', async (route) => {
  const response = await route.fetch().catch(() => null);
  if (!response) return route.abort();
  const node = await response.json();
  node.channels = node.channels.map(change).filter((channel) => channel !== null);
  return route.fulfill({ response, json: node });
});

/** Sound by a key, where looking at the page did not count as a press already: such a look lets one opening through, not the next. */
export async function withSound(page) {
  if ((await mark(page, 'press')) === 'sound') await page.keyboard.press('Enter');
  await until('sound', 3000, async () => !(await picture(page)).muted);
}

/** Time until frames come and no screen covers them. */
export async function moving(page, what, ms) {
  const before = (await picture(page)).time;
  return until(`${what}: moving picture`, ms, async () => {
    const now = await picture(page);
    return (await mark(page, 'cover')) === 'false' && !now.paused && now.time !== before;
  });
}

/** From now on: the longest time in ms in which neither the picture moved nor a screen or a strip said why. */
export async function unexplained(page) {
  await page.evaluate(() => {
    const video = document.querySelector('video');
    const strip = document.getElementById('strip');
    let [last, since] = [-1, performance.now()];
    window.unexplained = 0;
    setInterval(() => {
      const told = document.body.dataset.cover === 'true' || strip.offsetParent !== null;
      if (told || video.currentTime !== last) since = performance.now();
      last = video.currentTime;
      window.unexplained = Math.max(window.unexplained, performance.now() - since);
    }, 100);
  });
  return () => page.evaluate(() => Math.round(window.unexplained));
}

const isFirefox = (page) => page.context().browser().browserType().name() === 'firefox';

/** A finger on `id`. In Firefox a touch of its driver is no press that allows the sound: there it is a click. */
export const tap = (page, id) => (isFirefox(page) ? page.click(`#${id}`) : page.tap(`#${id}`));

/** A page just opened, until its picture moves. Playwright's own evaluation counts as a press, which would allow the sound. */
export async function opening(page) {
  if (isFirefox(page)) {
    return until('picture', OPEN_MS, async () => (await mark(page, 'cover')) === 'false' && (await picture(page)).time > 0);
  }
  const session = await page.context().newCDPSession(page);
  const expression = `document.body.getAttribute('data-cover') === 'false' && document.querySelector('video').currentTime > 0`;
  const took = await until('picture', OPEN_MS, async () =>
    (await session.send('Runtime.evaluate', { expression, userGesture: false })).result.value === true);
  await session.detach();
  return took;
}

/** Shows the controls, as a hand on the pointer does; they go by themselves while a test looks at them. */
let wakes = 0;
export async function wake(page) {
  wakes += 1;
  await page.mouse.move(200 + (wakes % 50), 300);
  await until('awake', 2000, async () => (await mark(page, 'awake')) === 'true');
}

/** axe finds nothing, and nobody reads a technical word; with HEADEND_SCREENSHOTS, the screen at each size is there to be looked at. */
export async function look(page, name) {
  await page.waitForTimeout(400);
  if (folder) await shoot(page, name);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  assert.deepEqual(told, [], `axe on ${name}`);
  assert.deepEqual(technicalIn(await page.evaluate(() => document.body.innerText)), [], `words on ${name}`);
}

async function shoot(page, name) {
  const own = page.viewportSize();
  for (const [size, viewport] of Object.entries({ 720: SMALL, 1080: LARGE, 2160: HUGE, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(folder, `${name}-${size}.png`) });
  }
  await page.setViewportSize(own);
}

/** A command to the node; `null` where there is only the dev server. */
export const headend = process.env.HEADEND_PROGRAM
  ? (...words) => execFileSync(process.env.HEADEND_PROGRAM, words, { encoding: 'utf8', stdio: 'pipe' })
  : null;

/** `id` overlaps neither the element above nor the one below. */
export async function fits(page, id, above, below) {
  const [box, over, under] = await Promise.all([id, above, below].map((each) => page.locator(`#${each}`).boundingBox()));
  const padding = await page.evaluate((top) => parseFloat(getComputedStyle(document.getElementById(top)).paddingBottom), above);
  assert.ok(box.y >= over.y + over.height - padding, `#${id} under #${above}`);
  assert.ok(box.y + box.height <= under.y, `#${id} over #${below}`);
}

export const SMALL = { width: 1280, height: 720 };
export const LARGE = { width: 1920, height: 1080 };
export const HUGE = { width: 3840, height: 2160 };
export const PHONE = { width: 390, height: 844 };
