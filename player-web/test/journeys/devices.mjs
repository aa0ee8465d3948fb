// What devices and lines do to a page: an engine of 2016, a part lost on the way, Back of Android, a remote held down.

import assert from 'node:assert/strict';
import { kind, mark, moving, OPEN_MS, opening, pause, picture, SMALL, TELEVISION, until, wake } from '../stage.mjs';

const ANDROID = 'Mozilla/5.0 (Linux; Android 9; X96 Max) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/83.0.4103.106 Safari/537.36';
/** A lost part is missed after 5 s, or at the next look. */
const ANEW_MS = OPEN_MS + 10000;

/** What Chromium 53 has not, of what a page could call. */
function without2017() {
  for (const [owner, names] of [
    [Object, ['getOwnPropertyDescriptors', 'entries', 'values', 'fromEntries', 'hasOwn', 'groupBy']],
    [Array.prototype, ['at', 'flat', 'flatMap', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with']],
    [String.prototype, ['padStart', 'padEnd', 'replaceAll', 'matchAll', 'trimStart', 'trimEnd', 'at']],
    [Element.prototype, ['append', 'prepend', 'replaceChildren', 'toggleAttribute', 'replaceWith', 'before', 'after', 'getAnimations', 'checkVisibility']],
    [Document.prototype, ['append', 'prepend', 'replaceChildren', 'fullscreenEnabled']],
    [Promise.prototype, ['finally']],
    [Promise, ['allSettled', 'any', 'withResolvers', 'try']],
    [Navigator.prototype, ['wakeLock', 'mediaCapabilities', 'connection', 'serviceWorker', 'userAgentData', 'locks', 'mediaSession', 'clipboard', 'storage']],
    [HTMLVideoElement.prototype, ['getVideoPlaybackQuality', 'requestVideoFrameCallback', 'requestPictureInPicture']],
    [SourceBuffer.prototype, ['changeType']],
    [Crypto.prototype, ['randomUUID']],
    [window, ['AbortController', 'AbortSignal', 'ResizeObserver', 'queueMicrotask', 'structuredClone', 'ManagedMediaSource', 'BroadcastChannel',
      'WebTransport', 'WritableStream', 'TransformStream', 'TextDecoderStream', 'requestIdleCallback', 'SharedArrayBuffer', 'Atomics', 'PointerEvent',
      'IntersectionObserver', 'VisualViewport', 'CompressionStream', 'WebAssembly', 'BigInt', 'WeakRef', 'FinalizationRegistry']],
  ]) for (const name of names) delete owner[name];
}

/** Loses the first answer for each file of `name`, once. */
async function lose(page, name) {
  let lost = 0;
  await page.route(new RegExp(`/player/${name}-`), (route) => {
    lost += 1;
    return lost === 1 ? route.abort() : route.continue();
  });
  return () => lost;
}

export const together = true;
export const tests = [
  ['an engine of 2016 plays', async (open) => {
    const page = await open({ viewport: SMALL, userAgent: TELEVISION }, without2017);
    assert.equal(await page.evaluate(() => typeof Object.entries), 'undefined');
    const took = await opening(page);
    const time = () => page.evaluate(() => document.querySelector('video').currentTime);
    const before = await time();
    await until('the picture goes on', 5000, async () => (await time()) > before + 2);
    return `${took} ms`;
  }, 'chromium'],

  ...['hls', 'player', 'style'].map((name) => [`a page that lost its ${name} on the way is loaded anew`, async (open) => {
    const page = await open({ viewport: SMALL, serviceWorkers: 'block' });
    const lost = await lose(page, name);
    await page.reload({ waitUntil: 'commit' });
    await until('lost', OPEN_MS, lost);
    return `${await until('whole', ANEW_MS, () => page.evaluate(() => 'Hls' in window && document.body.dataset.cover === 'false'
      && getComputedStyle(document.body).margin === '0px' && document.querySelector('video').currentTime > 0).catch(() => false))} ms`;
  }]),

  ['on Android Back closes what is open, and the channel stays', async (open) => {
    const page = await open({ viewport: SMALL, userAgent: ANDROID });
    const name = () => page.innerText('#name');
    const first = await name();
    await wake(page);
    await page.keyboard.press('PageDown');
    await until('the other channel', 3000, async () => (await name()) !== first);
    const [other, address] = [await name(), page.url()];
    await page.click('#to-list');
    await page.goBack();
    await until('the list is closed', 3000, async () => (await mark(page, 'layer')) === 'watch');
    await pause(500);
    assert.deepEqual([await name(), page.url()], [other, address]);
    await page.evaluate(() => { window.close = () => undefined; });
    await page.click('#to-menu');
    await page.click('#row-to-stop');
    await page.click('#leave');
    await until('left', 3000, async () => (await kind(page)) === 'left');
    await pause(1000);
    assert.equal(await kind(page), 'left');
  }],

  ['a key held down does what it does once, and digits are whole with OK', async (open) => {
    const page = await open({ viewport: SMALL, userAgent: TELEVISION });
    await page.keyboard.press('Enter');
    await page.focus('#to-list');
    for (let press = 0; press < 6; press += 1) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    assert.equal(await mark(page, 'layer'), 'list');
    await page.keyboard.press('Escape');
    await page.focus('#to-sound');
    const { muted } = await picture(page);
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await until('the number is taken', 1000, () => page.isHidden('#digits'));
    assert.equal((await picture(page)).muted, muted);
  }],

  ['a tap that wakes the controls presses none of them', async (open) => {
    const page = await open({ viewport: SMALL, hasTouch: true });
    await page.tap('#to-sound');
    await until('asleep', 8000, async () => (await mark(page, 'awake')) === 'false');
    const { x, y, width, height } = await page.locator('#to-list').boundingBox();
    const session = await page.context().newCDPSession(page);
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + width / 2, y: y + height / 2 }] });
    await until('awake', 2000, async () => (await mark(page, 'awake')) === 'true');
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await pause(400);
    assert.equal(await mark(page, 'layer'), 'watch');
    await page.tap('#to-list');
    assert.equal(await mark(page, 'layer'), 'list');
  }, 'chromium'],

  ['a picture that the device paused goes on by itself', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.evaluate(() => document.querySelector('video').pause());
    return `${await moving(page, 'again', 3000)} ms`;
  }],
];
