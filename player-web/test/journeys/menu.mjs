// The menu: what can be set, and the time that can be seen again.

import assert from 'node:assert/strict';
import { focus, look, moving, OPEN_MS, picture, sentReports, shown, SMALL, LARGE, until, wake } from '../stage.mjs';

const click = (page, id) => page.evaluate((each) => document.getElementById(each).click(), id);
const clock = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

export const tests = [
  ['the settings are kept: language, size of the text, name of the hall', async (open) => {
    const page = await open({ viewport: LARGE });
    const reports = await sentReports(page);
    await click(page, 'to-menu');
    await click(page, 'row-to-settings');
    await click(page, 'row-to-hall');
    await until('the field', 2000, async () => (await focus(page)) === 'hall');
    await page.keyboard.type('Hội trường xã 2');
    assert.equal(await page.inputValue('#hall'), 'Hội trường xã 2', 'digits and letters belong to the field');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    assert.equal(await focus(page), 'row-save');
    await page.keyboard.press('Enter');
    assert.equal(await page.innerText('#row-to-hall .value'), 'Hội trường xã 1');
    await until('a report with the name', 15000, async () => (await reports()).some((line) => line.includes('vn.headend-hall=%"H%e1%bb%99i tr%c6%b0%e1%bb%9dng x%c3%a3 1"')));
    await click(page, 'row-to-size');
    await click(page, 'row-size-200');
    const size = await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
    assert.equal(Math.round(size), 64);
    await look(page, 'size-200');
    await page.keyboard.press('Escape');
    await look(page, 'settings-200');
    await click(page, 'row-language');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.equal(await page.innerText('#panel-title'), 'Settings');
    await page.reload();
    await moving(page, 'after the start', OPEN_MS);
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.equal(await page.getAttribute('html', 'data-size'), '200');
    await wake(page);
    await look(page, 'watching-200');
  }],

  ['ten seconds back, on, and to live again', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.keyboard.press('Enter');
    const position = async () => clock(await page.textContent('#timeline-position'));
    const live = async () => clock(await page.textContent('#timeline-live'));
    await until('twelve seconds of window', 40000, async () => (await live()) - clock(await page.textContent('#timeline-start')) > 12);
    const before = await position();
    const wall = Number(new Date(Date.now() + 7 * 3600e3).toISOString().slice(11, 19).split(':').reduce((sum, part) => sum * 60 + Number(part), 0));
    assert.ok(wall - before >= 0 && wall - before < 20, `on the bar it is ${before}, by the clock ${wall}`);
    await wake(page);
    await click(page, 'to-back');
    await until('back', 5000, async () => (await position()) < before - 3 && (await shown(page, 'to-live')));
    await wake(page);
    await look(page, 'behind');
    const rows = await page.$$eval('#bar button', (buttons) => new Set(buttons.map((button) => Math.round(button.offsetTop + button.offsetHeight / 2))).size);
    assert.equal(rows, 1, 'the buttons stand in one row');
    await moving(page, 'behind live', 5000);
    const muted = (await picture(page)).muted;
    await click(page, 'to-live');
    await until('live', 5000, async () => !(await shown(page, 'to-live')) && (await live()) - (await position()) < 4);
    assert.equal(await focus(page), 'to-sound', 'the focus does not go with the button');
    await moving(page, 'live again', 5000);
    assert.equal((await picture(page)).muted, muted);
  }],
];
