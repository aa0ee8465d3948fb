// Subtitles: chosen in the menu, seen, and turned off again.

import assert from 'node:assert/strict';
import { focus, look, SMALL, until, wake } from '../stage.mjs';

const SAID = /Xin moi cac dong chi|vao phong hop so 2|Ket noi: 63 diem cau|Nghi giai lao/;
/** A source says something new at least so often, and some seconds pass until it is seen. */
const SAID_MS = 20000;

const click = (page, id) => page.evaluate((each) => document.getElementById(each).click(), id);
/** What stands on the picture. */
const said = (page) => page.evaluate(() => {
  const { textTracks } = document.querySelector('video');
  const showing = Array.from(textTracks).filter(({ mode }) => mode === 'showing');
  return showing.flatMap(({ activeCues }) => Array.from(activeCues || [], ({ text }) => text)).join(' ');
});

export const tests = [
  ['subtitles are off until they are chosen, and off again when that is chosen', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.keyboard.press('Enter');
    await wake(page);
    await click(page, 'to-menu');
    await until('subtitles are offered', 20000, async () => (await page.locator('#row-to-subtitles-choice').count()) === 1);
    assert.equal(await page.innerText('#row-to-subtitles-choice .value'), 'Tắt');
    assert.equal(await said(page), '');
    await click(page, 'row-to-subtitles-choice');
    await look(page, 'menu-subtitles');
    assert.equal(await focus(page), 'row-subtitles-0', 'what is chosen has the focus');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await page.getAttribute('#row-subtitles-1', 'aria-pressed'), 'true');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await until('words on the picture', SAID_MS, async () => SAID.test(await said(page)));
    await wake(page);
    await look(page, 'subtitles');
    await click(page, 'to-menu');
    await click(page, 'row-to-subtitles-choice');
    await click(page, 'row-subtitles-0');
    await until('no words', 5000, async () => (await said(page)) === '');
  }],
];
