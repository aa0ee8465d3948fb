// A finger alone reaches every function, and leaves it.

import assert from 'node:assert/strict';
import { kind, mark, moving, nodeSays, OPEN_MS, PHONE, picture, shown, SMALL, until } from '../stage.mjs';
import { NO_WORDS, several } from './keys.mjs';

/** What is pressed with a finger is 48 px at least. */
const TARGET_PX = 48;
/** A tap that wakes the controls presses none of them for so long. */
const WOKEN_MS = 1000;

/** A finger on `selector`, on the controls after they were woken. */
async function tap(page, selector) {
  if ((await mark(page, 'awake')) === 'false') {
    await page.touchscreen.tap(PHONE.width / 2, PHONE.height / 3);
    await page.waitForTimeout(WOKEN_MS);
  }
  const { width, height } = await page.locator(selector).boundingBox();
  assert.ok(width >= TARGET_PX && height >= TARGET_PX, `${selector}: ${width} x ${height} px`);
  await page.tap(selector);
}

/** Something to choose, and a past to go to, which is the live one. */
async function renditions(page) {
  await page.route(/\/hls\/hop\/index\.m3u8(\?.*)?$/, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(/\?.*/, '') });
    await route.fulfill({ response, body: several(await response.text()) });
  });
  await page.route('**/subtitles.m3u8', (route) => route.fulfill({ contentType: 'application/vnd.apple.mpegurl', body: NO_WORDS }));
}

export const tests = [
  ['a finger alone opens and leaves everything on a telephone', async (open) => {
    const page = await open({ viewport: PHONE, hasTouch: true, isMobile: true }, () => { window.close = () => undefined; });
    await renditions(page);
    const began = Date.now() - 3600e3;
    const now = { id: 'm', title: 'Họp từ sáng', start: new Date(began).toISOString(), end: new Date(began + 7200e3).toISOString(), class: 'normal', originator: '', cancelled: false };
    await nodeSays(page, (channel) => ({ ...channel, meetings: { now, next: null, near: true }, hls: channel.hls && { ...channel.hls, shift: { earliest_unix_seconds: began / 1000 } } }));
    await page.reload({ waitUntil: 'commit' });
    await moving(page, 'the picture', OPEN_MS);
    const title = (wanted) => until(wanted, 2000, async () => (await page.innerText('#panel-title')) === wanted);
    const menu = async (...rows) => {
      await tap(page, '#to-menu');
      for (const row of rows) await tap(page, `#row-${row}`);
    };
    const leave = async (...titles) => {
      for (const each of titles) {
        await tap(page, '#panel-close');
        await title(each);
      }
      await tap(page, '#panel-close');
      assert.equal(await mark(page, 'layer'), 'watch');
    };

    if ((await mark(page, 'press')) === 'sound') await tap(page, '#to-sound');
    await until('sound', 2000, async () => !(await picture(page)).muted);
    await tap(page, '#to-sound');
    assert.equal((await picture(page)).muted, true);
    await tap(page, '#to-sound');

    await tap(page, '#to-list');
    await tap(page, '#list-close');
    assert.equal(await mark(page, 'layer'), 'watch');
    const name = await page.innerText('#name');
    for (const channel of ['last', 'first']) {
      await tap(page, '#to-list');
      await tap(page, `#rows > li:${channel}-of-type button`);
      await until(channel, 3000, async () => ((await page.innerText('#name')) === name) === (channel === 'first'));
    }
    await moving(page, 'the first channel', OPEN_MS);

    await until('the bar', OPEN_MS, () => shown(page, 'timeline'));
    await tap(page, '#to-back');
    await until('behind', 5000, () => shown(page, 'to-live'));
    await tap(page, '#to-forward');
    await tap(page, '#to-back');
    await tap(page, '#to-live');
    await until('live', OPEN_MS, async () => !(await shown(page, 'to-live')));

    for (const [row, choice] of [['quality', 'quality-1'], ['sound', 'sound-2'], ['subtitles', 'subtitles-1']]) {
      await until(`${row} to choose`, OPEN_MS, async () => (await page.locator('#to-menu').isVisible()) && (await kind(page)) === null);
      await menu(`to-${row}-choice`, choice);
      await until(`${row} is chosen`, 5000, async () => (await page.getAttribute(`#row-${choice}`, 'aria-pressed')) === 'true');
      await leave('Tùy chọn');
    }
    await menu('from-start');
    await until('from the beginning', 5000, () => shown(page, 'to-live'));
    await tap(page, '#to-live');

    await menu('to-settings', 'to-size', 'size-150');
    assert.equal(await page.getAttribute('html', 'data-size'), '150');
    await tap(page, '#row-size-100');
    await leave('Cài đặt', 'Tùy chọn');
    await menu('to-settings', 'to-hall');
    await tap(page, '#hall');
    await page.keyboard.type('Xã 1');
    await tap(page, '#row-save');
    assert.equal(await page.innerText('#row-to-hall .value'), 'Xã 1');
    for (const [row, values] of [['kiosk', ['Bật', 'Tắt']], ['language', ['English', 'Tiếng Việt']]]) {
      for (const value of values) {
        await tap(page, `#row-${row}`);
        await until(value, 2000, async () => (await page.innerText(`#row-${row} .value`)) === value);
      }
    }
    await leave('Tùy chọn');
    await menu('to-help', 'close');
    await title('Tùy chọn');
    await leave();

    await tap(page, '#to-screen');
    await until('full screen', 2000, () => page.evaluate(() => document.fullscreenElement !== null));
    await tap(page, '#to-screen');
    await until('the window again', 2000, () => page.evaluate(() => document.fullscreenElement === null));

    await menu('to-stop');
    await tap(page, '#stay');
    assert.equal(await mark(page, 'layer'), 'watch');
    await menu('to-stop');
    await tap(page, '#leave');
    await until('left', 2000, async () => (await kind(page)) === 'left');
    await tap(page, '#to-sound');
    await moving(page, 'watching again', OPEN_MS);
  }],

  ['a tap beside it closes the list and the menu on a tablet', async (open) => {
    const page = await open({ viewport: SMALL, hasTouch: true });
    for (const [button, x] of [['#to-list', SMALL.width - 60], ['#to-menu', 60]]) {
      await tap(page, button);
      assert.notEqual(await mark(page, 'layer'), 'watch');
      await page.touchscreen.tap(x, SMALL.height / 2);
      assert.equal(await mark(page, 'layer'), 'watch');
    }
  }],
];
