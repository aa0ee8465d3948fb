// The page in Debian's Firefox, by its keys.

import assert from 'node:assert/strict';
import { focus, headend, kind, moving, OPEN_MS, picture, shown, SMALL, until, withSound } from '../stage.mjs';

export const browser = 'firefox';

export const tests = [
  ['Firefox opens, picks a channel by keys, plays with sound, and plays on over a switch of the source', async (open) => {
    const page = await open({ viewport: SMALL });
    await withSound(page);
    for (let press = 0; press < 9 && (await focus(page)) !== 'to-list'; press += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    assert.equal(await shown(page, 'list'), true);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until('the second channel', 3000, async () => (await page.innerText('#number')) === '21');
    assert.notEqual(await until('its cover', 10000, async () => (await kind(page)) !== null), null);
    await page.keyboard.press('1');
    await until('the first', 4000, async () => (await page.innerText('#number')) === '1');
    await moving(page, 'the first again', OPEN_MS);
    await withSound(page);
    headend('input', 'switch', 'hop', '1');
    const size = () => page.evaluate(() => document.querySelector('video').videoHeight);
    await until('the other source is seen', 30000, async () => (await size()) === 270);
    const before = await picture(page);
    await page.waitForTimeout(4000);
    const after = await picture(page);
    assert.ok(after.time - before.time > 2, `the clock went ${after.time - before.time} s in 4 s`);
    assert.ok(after.frames > before.frames + 20, `${after.frames - before.frames} pictures in 4 s`);
    assert.equal(after.muted, false);
    headend('input', 'switch', 'hop', '0');
    await until('the first source is seen', 30000, async () => (await size()) === 360);
    await moving(page, 'the first source', 5000);
  }],
];
