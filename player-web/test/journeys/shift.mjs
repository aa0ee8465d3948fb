// Back beyond the live window, as far as the node keeps it: from the beginning of a meeting, by steps, and to live again.

import assert from 'node:assert/strict';
import { focus, headend, kind, look, moving, OPEN_MS, SMALL, until, wake } from '../stage.mjs';

const click = (page, id) => page.evaluate((each) => document.getElementById(each).click(), id);
const clock = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
/** Seconds between two times of the bar, over midnight too; fewer than none where they stand the other way. */
const between = async (page, from, to) => {
  const [one, other] = [clock(await page.textContent(`#timeline-${from}`)), clock(await page.textContent(`#timeline-${to}`))];
  return ((other - one + 129600) % 86400) - 43200;
};
/** What the channel's live playlist shows at most, s: see the configuration of the test. */
const WINDOW_S = 20;

export const tests = [
  ['who comes late watches the meeting from its beginning, and comes back to live', async (open) => {
    const page = await open({ viewport: SMALL });
    const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    headend('meeting', 'add', 'Họp từ sáng', '--channel', 'hop', '--start', at(-600), '--end', at(3600));
    await until('more than the window can be seen', 90000, async () => (await between(page, 'start', 'live')) > 2 * WINDOW_S);
    await wake(page);
    await click(page, 'to-menu');
    await until('the beginning is offered', 20000, async () => (await page.locator('#row-from-start').count()) === 1);
    await look(page, 'menu-from-start');
    await click(page, 'row-from-start');
    await moving(page, 'from the beginning', OPEN_MS);
    await until('the beginning is shown', 10000, async () => Math.abs(await between(page, 'start', 'position')) < 8);
    assert.equal(await page.isVisible('#to-live'), true);
    assert.equal(await page.isVisible('#live'), false, 'that is not live');
    await wake(page);
    await look(page, 'from-start');
    await click(page, 'to-live');
    await moving(page, 'live again', OPEN_MS);
    await until('at the live edge', 10000, async () => (await between(page, 'position', 'live')) <= 4);
  }],

  ['quick presses add up, by keys too, though the playlist is still being opened', async (open) => {
    const page = await open({ viewport: SMALL });
    const behind = () => between(page, 'position', 'live');
    const about = (steps) => async () => Math.abs((await behind()) - 10 * steps) <= 4;
    // Five steps and what the bar is off.
    await until('there is so much to go back', 90000, async () => (await between(page, 'start', 'live')) > 3 * WINDOW_S);
    await wake(page);
    await page.focus('#to-back');
    for (const _ of [1, 2, 3]) await page.keyboard.press('Enter');
    assert.ok(await about(3)(), `${await behind()} s behind, as soon as it is asked for`);
    assert.equal(await focus(page), 'to-back', 'the focus stays where the next press is');
    if ((await kind(page)) !== null) assert.equal(await kind(page), 'awaited');
    await moving(page, 'three steps back', OPEN_MS);
    assert.ok(await about(3)(), `${await behind()} s behind, when it is seen`);
    assert.equal(await focus(page), 'to-back');
    for (const _ of [1, 2]) await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await moving(page, 'two back, one on', OPEN_MS);
    await until('four steps back', OPEN_MS, about(4));
    await click(page, 'to-live');
    await click(page, 'to-back');
    await click(page, 'to-back');
    await moving(page, 'two steps back from live', OPEN_MS);
    await until('two steps back from live', OPEN_MS, about(2));
    await click(page, 'to-live');
    await moving(page, 'live', OPEN_MS);
    await until('at the live edge', 10000, async () => (await behind()) <= 4);
  }],
];
