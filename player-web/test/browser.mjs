// The page in Chromium against a running node.
//
//   HEADEND_URL                base URL of a node with a channel on air, for example http://127.0.0.1:8080/;
//                              left out: the dev server, for work on the page
//   HEADEND_PLAY_SECONDS       how long the picture is watched for dropped frames: 10
//   HEADEND_OFFLINE_SECONDS    how long the network is away: 30
//   HEADEND_SCREENSHOTS        a folder for pictures of each screen; left out: none
//   CHROMIUM                   /usr/bin/chromium

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { line } from './line.mjs';

const seconds = (name, usual) => Number(process.env[name] || usual);
const PLAY_SECONDS = seconds('HEADEND_PLAY_SECONDS', 10);
const OFFLINE_SECONDS = seconds('HEADEND_OFFLINE_SECONDS', 30);
/** A test machine without a GPU draws by software, and may be busy with something else for a while. */
const TINY = { width: 640, height: 360 };
const WINDOWS = 3;
/** From a page asked for to a picture that moves; from a mended line to the same. */
const OPEN_MS = 15000;
const BACK_MS = 5000;
/** What is buffered may play on for so long after the line went. */
const DRAINED_MS = 40000;
const TELEVISION = 'Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 Chrome/76.0.3809.146 TV Safari/537.36';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = process.env.HEADEND_SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, ms, ready) {
  const start = Date.now();
  for (;;) {
    if (await ready()) return Date.now() - start;
    assert.ok(Date.now() - start < ms, `${what}: not within ${ms} ms`);
    await pause(50);
  }
}

/** What the video element shows. */
const picture = (page) => page.evaluate(() => {
  const video = document.querySelector('video');
  const { totalVideoFrames: frames, droppedVideoFrames: dropped } = video.getVideoPlaybackQuality();
  return { time: video.currentTime, muted: video.muted, paused: video.paused, frames, dropped };
});
const mark = (page, name) => page.getAttribute('body', `data-${name}`);
const kind = async (page) => ((await mark(page, 'cover')) === 'true' ? page.getAttribute('#cover', 'data-kind') : null);
const focus = (page) => page.evaluate(() => (document.activeElement ? document.activeElement.id : ''));
const shown = (page, id) => page.isVisible(`#${id}`);

/** Time until frames come and no screen covers them. */
async function moving(page, what, ms) {
  const before = (await picture(page)).time;
  return until(`${what}: moving picture`, ms, async () => {
    const now = await picture(page);
    return (await mark(page, 'cover')) === 'false' && !now.paused && now.time !== before;
  });
}

/** A page just opened, until its picture moves. Playwright's own evaluation counts as a press, which would allow the sound. */
async function opening(page) {
  const session = await page.context().newCDPSession(page);
  const expression = `document.body.getAttribute('data-cover') === 'false' && document.querySelector('video').currentTime > 0`;
  const took = await until('picture', OPEN_MS, async () =>
    (await session.send('Runtime.evaluate', { expression, userGesture: false })).result.value === true);
  await session.detach();
  return took;
}

/** Shows the controls, as a hand on the pointer does; they go by themselves while a test looks at them. */
let wakes = 0;
async function wake(page) {
  wakes += 1;
  await page.mouse.move(200 + (wakes % 50), 300);
  await until('awake', 2000, async () => (await mark(page, 'awake')) === 'true');
}

async function look(page, name) {
  await page.waitForTimeout(400);
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  assert.deepEqual(told, [], `axe on ${name}`);
}

/** `id` overlaps neither the element above nor the one below. */
async function fits(page, id, above, below) {
  const [box, over, under] = await Promise.all([id, above, below].map((each) => page.locator(`#${each}`).boundingBox()));
  const padding = await page.evaluate((top) => parseFloat(getComputedStyle(document.getElementById(top)).paddingBottom), above);
  assert.ok(box.y >= over.y + over.height - padding, `#${id} under #${above}`);
  assert.ok(box.y + box.height <= under.y, `#${id} over #${below}`);
}

const SMALL = { width: 1280, height: 720 };
const LARGE = { width: 1920, height: 1080 };
const PHONE = { width: 390, height: 844 };

/** `test(open)`: `open` makes a page of its own, which lives as long as the test. */
const tests = [
  ['plays at once without sound, and drops no frame', async (open) => {
    const page = await open({ viewport: SMALL });
    const first = await picture(page);
    assert.equal(first.muted, true);
    assert.equal(await mark(page, 'press'), 'sound');
    assert.equal(await page.innerText('#to-sound'), 'Bấm vào đây để bật tiếng');
    await until('controls go', 8000, async () => (await mark(page, 'awake')) === 'false');
    await look(page, 'muted-720');
    await page.setViewportSize(TINY);
    const counts = [];
    while (counts.length < WINDOWS && counts[counts.length - 1] !== 0) {
      await pause(2000);
      const from = await picture(page);
      await pause(PLAY_SECONDS * 1000);
      const to = await picture(page);
      const fps = (to.frames - from.frames) / PLAY_SECONDS;
      assert.ok(to.time - from.time > PLAY_SECONDS * 0.95, `the clock went ${to.time - from.time} s in ${PLAY_SECONDS} s`);
      assert.ok(fps > 20, `${fps} frames a second`);
      counts.push(to.dropped - from.dropped);
    }
    assert.equal(counts[counts.length - 1], 0, `dropped frames in ${PLAY_SECONDS} s, time after time: ${counts.join(', ')}`);
    return `dropped frames in ${PLAY_SECONDS} s, time after time: ${counts.join(', ')}`;
  }],

  ['OK gives the sound, and six keys reach everything', async (open) => {
    const page = await open({ viewport: LARGE });
    await page.keyboard.press('Enter');
    await until('sound', 2000, async () => !(await picture(page)).muted);
    await moving(page, 'with sound', 3000);
    assert.equal(await mark(page, 'press'), 'mute');
    assert.equal(await focus(page), 'to-sound');
    await look(page, 'awake-1080');

    await wake(page);
    await page.keyboard.press('ArrowLeft');
    assert.equal(await focus(page), 'to-list');
    await page.keyboard.press('Enter');
    assert.equal(await shown(page, 'list'), true);
    const row = await focus(page);
    assert.match(row, /^row-/);
    await look(page, 'list-1080');
    await page.keyboard.press('ArrowDown');
    const rows = await page.locator('#rows button').count();
    assert.equal((await focus(page)) === row, rows === 1);
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'list'), false);
    assert.equal(await focus(page), 'to-list');

    await wake(page);
    const order = [];
    for (let press = 0; press < 4; press += 1) {
      order.push(await focus(page));
      await page.keyboard.press('ArrowRight');
    }
    assert.deepEqual(order, ['to-list', 'to-sound', 'to-screen', 'to-language']);
    await page.keyboard.press('Enter');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.equal(await page.innerText('#to-list'), 'Channels');
    await look(page, 'english-1080');
    await wake(page);
    await page.keyboard.press('Enter');
    assert.equal(await page.getAttribute('html', 'lang'), 'vi');

    await wake(page);
    await page.keyboard.press('Escape');
    assert.equal(await mark(page, 'awake'), 'false');
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'ask'), true);
    assert.equal(await focus(page), 'stay');
    await look(page, 'ask-1080');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focus(page), 'leave');
    await page.keyboard.press('Enter');
    await until('left', 2000, async () => (await kind(page)) === 'left');
    await look(page, 'left-1080');
    await page.keyboard.press('Enter');
    await moving(page, 'watching again', OPEN_MS);
    assert.equal((await picture(page)).muted, false);
  }],

  ['the number keys and a link choose the channel', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.keyboard.press('9');
    await page.keyboard.press('9');
    await page.keyboard.press('1');
    await until('channel 1', 4000, async () => (await page.innerText('#number')) === '1' && !(await shown(page, 'digits')));
    const last = await page.locator('#rows button').count();
    const id = await page.getAttribute(`#rows li:nth-child(${last}) button`, 'data-channel');
    await page.evaluate((hash) => (location.hash = hash), id);
    await until('channel of the link', 3000, async () => (await page.innerText('#number')) === String(last));
    await page.keyboard.press('ArrowDown');
    await until('round to channel 1', 3000, async () => (await page.innerText('#number')) === '1');
    await moving(page, 'channel 1', OPEN_MS);
  }],

  ['a press on the button gives the sound on a phone', async (open) => {
    const page = await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await look(page, 'phone');
    await page.tap('#to-sound');
    await until('sound', 2000, async () => !(await picture(page)).muted);
    await page.tap('#to-list');
    await look(page, 'phone-list');
  }],

  ['a browser that plays nothing without a press says so, and one press plays', async (open) => {
    const page = await open({ viewport: SMALL }, () => {
      const play = HTMLMediaElement.prototype.play;
      let pressed = false;
      addEventListener('keydown', () => (pressed = true), true);
      HTMLMediaElement.prototype.play = function () {
        return pressed ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
      };
    });
    await until('screen', OPEN_MS, async () => (await kind(page)) === 'press');
    assert.equal(await page.innerText('#to-sound'), 'Bấm vào đây để xem');
    await look(page, 'press-720');
    await pause(3000);
    assert.equal(await kind(page), 'press');
    await page.keyboard.press('Enter');
    await moving(page, 'pressed', OPEN_MS);
    assert.equal((await picture(page)).muted, false);
  }],

  ['controls go although the pointer lies on them', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.mouse.move(600, 650);
    await until('awake', 1000, async () => (await mark(page, 'awake')) === 'true');
    await until('asleep', 8000, async () => (await mark(page, 'awake')) === 'false');
    await pause(1500);
    assert.equal(await mark(page, 'awake'), 'false');
  }],

  ['a television gets its own words and never leaves the margins', async (open) => {
    const page = await open({ viewport: LARGE, userAgent: TELEVISION });
    assert.equal(await page.innerText('#to-sound'), 'Bấm OK để bật tiếng');
    await page.keyboard.press('Enter');
    for (const id of ['number', 'time', 'to-list', 'keys']) {
      const box = await page.locator(`#${id}`).boundingBox();
      assert.ok(box && box.x >= 95 && box.x + box.width <= 1825 && box.y >= 50 && box.y + box.height <= 1030, `#${id} at ${JSON.stringify(box)}`);
    }
    await look(page, 'television-1080');
  }],

  [`${OFFLINE_SECONDS} s without network are told, and end by themselves`, async (open) => {
    const page = await open({ viewport: SMALL });
    const network = await page.context().newCDPSession(page);
    const emulate = (offline) => network.send('Network.emulateNetworkConditions', {
      offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1,
    });
    await network.send('Network.enable');
    await emulate(true);
    const cut = Date.now();
    await until('strip over the last of the picture, or the screen', 15000, async () =>
      (await shown(page, 'strip')) || (await kind(page)) === 'line');
    await until('screen', DRAINED_MS, async () => (await kind(page)) === 'line');
    assert.equal(await page.innerText('#fault-title'), 'Mất kết nối');
    assert.equal(await page.innerText('#fault-place'), 'Đường truyền của hội trường');
    assert.match(await page.innerText('#say'), /Mất kết nối/);
    await look(page, 'line-720');
    await pause(Math.max(0, OFFLINE_SECONDS * 1000 - (Date.now() - cut)));
    assert.equal(await kind(page), 'line');
    await emulate(false);
    return `back ${await moving(page, 'after the network', BACK_MS)} ms after the network`;
  }],

  ['a pulled cable, whose connections never answer again, is told and mended', async (open, cable) => {
    const page = await open({ viewport: LARGE });
    cable.silence();
    await until('screen', DRAINED_MS, async () => (await kind(page)) === 'line');
    await look(page, 'line-1080');
    await pause(Math.min(OFFLINE_SECONDS, 15) * 1000);
    cable.mend();
    return `back ${await moving(page, 'after the cable', BACK_MS)} ms after the cable`;
  }],

  ['a server that starts again is taken up again', async (open, cable) => {
    const page = await open({ viewport: SMALL });
    cable.refuse();
    await pause(12000);
    cable.mend();
    return `back ${await moving(page, 'after the server', BACK_MS)} ms after the server`;
  }],

  ['a source that starts again and counts from 0 is followed', async (open, cable, own) => {
    if (!own) return 'left out, a node never counts back';
    const page = await open({ viewport: SMALL });
    await own.restart();
    await pause(7000);
    const before = await picture(page);
    await pause(5000);
    const after = await picture(page);
    assert.ok(after.time - before.time > 4, `the clock went ${after.time - before.time} s in 5 s`);
    assert.ok(after.frames - before.frames > 80, `${after.frames - before.frames} frames in 5 s`);
    return undefined;
  }],

  ['each fault has its screen, in both languages', async (open) => {
    const page = await open({ viewport: LARGE });
    let change = (channel) => channel;
    let status = 200;
    await page.route('**/api/v1/node', async (route) => {
      const response = await route.fetch();
      const node = await response.json();
      const id = await page.evaluate(() => location.hash.slice(1) || document.querySelector('#rows [aria-current=true]').getAttribute('data-channel'));
      node.channels = node.channels.map((channel) => (channel.id === id ? change(channel) : channel));
      await route.fulfill({ response, status, json: node });
    });
    const told = async (name, expected) => {
      await until(name, DRAINED_MS, async () => (await kind(page)) === name);
      assert.deepEqual([await page.innerText('#fault-title'), await page.innerText('#fault-place')], expected, name);
      await look(page, `${name}-1080`);
      await fits(page, 'fault', 'top', 'to-list');
    };

    const heard = (state) => (channel) => ({ ...channel, on_air: 0, inputs: [{ ...channel.inputs[0], state }] });
    change = heard('no-sound');
    await until('no sound', 15000, () => shown(page, 'strip'));
    assert.equal(await page.innerText('#strip-title'), 'Không có tiếng');
    await look(page, 'no-sound-1080');
    change = heard('no-picture');
    await told('noPicture', ['Không có hình', 'Nguồn phát']);

    await page.route('**/hls/**', (route) => route.fulfill({ status: 404, body: '' }));
    change = (channel) => ({ ...channel, state: 'dark' });
    await told('source', ['Mất kết nối', 'Nguồn phát']);
    change = (channel) => ({ ...channel, state: 'stopped' });
    await told('notStarted', ['Chưa bắt đầu', '']);
    change = (channel) => ({ ...channel, state: 'waiting' });
    await told('waiting', ['Chưa bắt đầu', '']);
    change = (channel) => ({ ...channel, state: 'failed' });
    await told('failed', ['Không có hình', 'Máy chủ phát']);
    change = (channel) => ({ ...channel, state: 'on-air', state_seconds: 60, hls: { unavailable: 'MPEG-2 video' } });
    await told('unavailable', ['Không có hình', 'Máy chủ phát']);
    status = 503;
    await told('server', ['Mất kết nối', 'Máy chủ phát']);
    await page.click('#to-language');
    await until('English', 2000, async () => (await page.innerText('#fault-title')) === 'Connection lost');
    assert.equal(await page.innerText('#fault-place'), 'The server');
    await page.setViewportSize(PHONE);
    await look(page, 'server-phone');
    await page.setViewportSize({ width: PHONE.height, height: PHONE.width });
    await look(page, 'server-phone-wide');
    await fits(page, 'fault', 'top', 'to-list');

    status = 200;
    change = (channel) => channel;
    await page.unroute('**/hls/**');
    return `back ${await moving(page, 'after the faults', OPEN_MS)} ms after the last`;
  }],
];

async function run(base) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--autoplay-policy=document-user-activation-required'],
  });
  const only = process.argv[2];
  let failed = 0;
  for (const [name, test] of tests.filter(([title]) => !only || title.includes(only))) {
    const cable = await line(base);
    const context = [];
    const complaints = [];
    let opened = 0;
    const open = async (options, before) => {
      context.push(await browser.newContext({ locale: 'vi-VN', bypassCSP: false, ...options }));
      const page = await context[0].newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => /content security policy/i.test(message.text()) && complaints.push(message.text()));
      if (before) await page.addInitScript(before);
      await page.goto(cable.url);
      if (!before) opened = await opening(page);
      return page;
    };
    try {
      const measured = await test(open, cable, own);
      assert.deepEqual(complaints, [], 'errors of the page');
      console.log(`ok   ${name}${measured ? `: ${measured}` : ''} (opened in ${opened} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}\n${String(error.message || error).split('\n').slice(0, 15).join('\n').replace(/^/gm, '     ')}`);
      const page = context.length > 0 ? context[0].pages()[0] : null;
      if (folder && page) await page.screenshot({ path: join(folder, 'failed.png') }).catch(() => undefined);
    }
    for (const used of context) {
      for (const page of used.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
      await used.close();
    }
    cable.close();
  }
  await browser.close();
  return failed;
}

const given = process.env.HEADEND_URL;
const own = given ? null : await (await import('./dev-server.mjs')).serve();
if (own) {
  console.log(`HEADEND_URL is not set: the dev server, ${own.url}`);
  await pause(6000);
}
const failed = await run(given || own.url);
if (own) await own.close();
process.exit(failed === 0 ? 0 : 1);
