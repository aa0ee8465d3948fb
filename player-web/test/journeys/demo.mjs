// A newcomer: one command has printed an address, and behind it is a picture with sound.

import assert from 'node:assert/strict';
import { kind, LARGE, look, moving, OPEN_MS, picture, shown, until, withSound } from '../stage.mjs';

export const tests = [
  ['the printed address shows a picture that moves, and one press gives its sound', async (open) => {
    const page = await open({ viewport: LARGE });
    await moving(page, 'the demonstration', OPEN_MS);
    assert.equal(await page.innerText('#name'), 'Kênh thử');
    assert.equal(await kind(page), null);
    await withSound(page);
    // Firefox counts no sound.
    const heard = () => page.evaluate(() => document.querySelector('video').webkitAudioDecodedByteCount ?? Date.now());
    const before = await heard();
    await until('sound is decoded', 5000, async () => (await heard()) > before);
    await page.evaluate(() => document.getElementById('to-menu').click());
    await page.evaluate(() => document.getElementById('row-to-help').click());
    assert.match(await page.innerText('#panel'), /Hãy gọi người vận hành của xã hoặc tỉnh/, 'nobody has said yet whom to call');
    await look(page, 'help-nobody');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'panel'), false);
  }],
];
