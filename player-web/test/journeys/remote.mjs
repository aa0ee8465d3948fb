// The keys that only some remotes have, as a television sends them.

import assert from 'node:assert/strict';
import { focus, look, mark, opening, shown, SMALL, TELEVISION, until, withSound } from '../stage.mjs';

export const tests = [
  ['Info and the colours of a remote: the controls, the channels, the menu, back to live, help', async (open) => {
    const page = await open({ viewport: SMALL, userAgent: TELEVISION }, () => {
      const asked = [];
      const registerKey = (name) => {
        if (name === 'Info') throw new Error('InvalidValuesError');
        asked.push(name);
      };
      window.tizen = { tvinputdevice: { registerKey } };
      window.askedFor = asked;
    });
    await opening(page);
    assert.deepEqual((await page.evaluate(() => window.askedFor)).filter((name) => /^Color/.test(name)), ['ColorF0Red', 'ColorF1Green', 'ColorF2Yellow', 'ColorF3Blue'],
      'a television gives its colours to who asks for them, though it has no Info');
    const remote = await page.context().newCDPSession(page);
    const press = async (key, windowsVirtualKeyCode) => {
      for (const type of ['rawKeyDown', 'keyUp']) await remote.send('Input.dispatchKeyEvent', { type, key, windowsVirtualKeyCode });
    };
    const layer = async (wanted) => assert.deepEqual([await mark(page, 'layer'), await page.innerText('#panel-title')], wanted);
    await press('Enter', 13);
    await withSound(page);
    await until('asleep', 8000, async () => (await mark(page, 'awake')) === 'false');
    for (const awake of ['true', 'false']) {
      await press('Info', 457);
      assert.equal(await mark(page, 'awake'), awake);
    }
    await press('ColorF0Red', 403);
    assert.deepEqual([await mark(page, 'layer'), /^channel-/.test(await focus(page))], ['list', true]);
    await press('ColorF1Green', 404);
    await layer(['panel', 'Tùy chọn']);
    await press('ColorF3Blue', 406);
    await layer(['panel', 'Trợ giúp']);
    await look(page, 'help-television');
    await press('ColorF3Blue', 406);
    assert.equal(await mark(page, 'layer'), 'watch', 'the same colour closes what it opened');
    await press('ColorF0Red', 403);
    await press('ColorF0Red', 403);
    assert.equal(await mark(page, 'layer'), 'watch');
    await until('so much to go back', 40000, () => page.evaluate(() => {
      const [start, live] = ['start', 'live'].map((id) => document.getElementById(`timeline-${id}`).textContent);
      return start !== '' && Date.parse(`1970-01-01T${live}Z`) - Date.parse(`1970-01-01T${start}Z`) > 12000;
    }));
    await page.evaluate(() => document.getElementById('to-back').click());
    await until('behind', 5000, () => shown(page, 'to-live'));
    await press('F3', 114);
    await page.waitForTimeout(500);
    assert.equal(await shown(page, 'to-live'), true, 'F3 is the browser’s own');
    await press('ColorF2Yellow', 405);
    await until('live', 5000, async () => !(await shown(page, 'to-live')));
  }],
];
