// The picture and the sound, on each kind of device.

import assert from 'node:assert/strict';
import { kind, look, mark, moving, picture, shown, until, pause, LARGE, OPEN_MS, PHONE, PLAY_SECONDS, SMALL, tap, TELEVISION, TINY, wake, WINDOWS } from '../stage.mjs';

export const tests = [
  ['plays at once without sound, and drops no frame', async (open) => {
    const page = await open({ viewport: SMALL });
    const first = await picture(page);
    assert.equal(first.muted, true);
    assert.equal(await mark(page, 'press'), 'sound');
    assert.equal(await page.innerText('#to-sound'), 'Bấm vào đây để bật tiếng');
    for (const viewport of [LARGE, SMALL]) {
      await page.setViewportSize(viewport);
      await wake(page);
      const tops = await page.locator('#bar button:visible').evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top));
      assert.ok(Math.max(...tops) - Math.min(...tops) < 20, `one row at ${viewport.width}: ${tops}`);
    }
    await until('controls go', 8000, async () => (await mark(page, 'awake')) === 'false');
    await look(page, 'muted');
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

  ['the number keys and a link choose the channel', async (open) => {
    const page = await open({ viewport: SMALL });
    const number = (wanted) => until(`channel ${wanted}`, 4000, async () => (await page.innerText('#number')) === wanted && !(await shown(page, 'digits')));
    const last = await page.locator('#rows .number').last().textContent();
    for (const digit of last) await page.keyboard.press(digit);
    await number(last);
    await page.keyboard.press('9');
    await until('no such channel', 4000, async () => /\D/.test(await page.innerText('#digits')));
    await page.keyboard.press('1');
    await number('1');
    const id = await page.locator('#rows button').last().getAttribute('data-channel');
    await page.evaluate((hash) => (location.hash = hash), id);
    await until('channel of the link', 3000, async () => (await page.innerText('#number')) === last);
    await page.keyboard.press('ArrowDown');
    await until('round to channel 1', 3000, async () => (await page.innerText('#number')) === '1');
    await moving(page, 'channel 1', OPEN_MS);
  }],

  ['a press on the button gives the sound on a phone', async (open) => {
    const page = await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await look(page, 'phone');
    await tap(page, 'to-sound');
    await until('sound', 2000, async () => !(await picture(page)).muted);
    await tap(page, 'to-list');
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
    await look(page, 'press');
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
    for (const id of ['number', 'time', 'to-list', 'to-menu']) {
      const box = await page.locator(`#${id}`).boundingBox();
      assert.ok(box && box.x >= 95 && box.x + box.width <= 1825 && box.y >= 50 && box.y + box.height <= 1030, `#${id} at ${JSON.stringify(box)}`);
    }
    await look(page, 'television');
  }],
];
