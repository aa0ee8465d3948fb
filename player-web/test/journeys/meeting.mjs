// The day of a meeting in a hall: the trial before it, the cable that comes out, the one who comes late.

import assert from 'node:assert/strict';
import { focus, headend, kind, look, moving, picture, shown, SMALL, until, withSound, BACK_MS, DRAINED_MS } from '../stage.mjs';

const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
/** A player that holds a few segments is no further behind the wall clock. */
const LATE_S = 20;

/** A test with a meeting planned on the channel that is on air, and cancelled afterwards. */
const during = (title, from, to, test) => async (open, cable) => {
  headend('meeting', 'add', title, '--channel', 'hop', '--start', at(from), '--end', at(to), '--originator', 'Văn phòng Chính phủ');
  const [{ id }] = JSON.parse(headend('meeting', 'list', '--output', 'json')).filter((meeting) => meeting.title === title);
  return test(open, cable).finally(() => headend('meeting', 'cancel', id, '--yes'));
};
const seconds = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

export const tests = [
  ['an hour before, the hall sees that its picture, its sound and its telephone number are there', during('Họp trực tuyến toàn quốc', 3000, 9000, async (open) => {
    const page = await open({ viewport: SMALL });
    await until('what comes next', 15000, async () => /Tiếp theo: Họp trực tuyến toàn quốc · Bắt đầu sau (49|50):\d\d/.test(await page.textContent('#next')));
    assert.equal(await kind(page), null, 'the trial picture stays to be seen');
    await withSound(page);
    // Firefox counts no sound.
    const heard = () => page.evaluate(() => document.querySelector('video').webkitAudioDecodedByteCount ?? Date.now());
    const before = { ...(await picture(page)), heard: await heard() };
    await until('two seconds of picture and sound', 8000, async () => (await picture(page)).frames > before.frames + 50 && (await heard()) > before.heard);
    await look(page, 'an-hour-before');
    for (let press = 0; press < 9 && (await focus(page)) !== 'to-menu'; press += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    for (let press = 0; press < 9 && (await focus(page)) !== 'row-to-help'; press += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await page.innerText('#panel-large'), '0214 3840 888');
  })],

  ['a cable comes out in the meeting: the hall reads out a code, the centre knows the hall by it, the meeting goes on', during('Họp ứng phó bão', -600, 3000, async (open, cable) => {
    const page = await open({ viewport: SMALL }, undefined, '?hall=X%C3%A3%20B%E1%BA%AFc%20H%C3%A0');
    await until('the meeting', 15000, async () => /Họp ứng phó bão/.test(await page.textContent('#on-now')));
    await page.waitForTimeout(3000);
    cable.silence();
    await until('the word', DRAINED_MS, async () => (await kind(page)) === 'line');
    assert.equal(await page.innerText('#report-call'), 'Gọi 0214 3840 888');
    const code = await page.innerText('#report-code');
    cable.mend();
    const back = await moving(page, 'after the cable', BACK_MS);
    assert.match(await page.textContent('#on-now'), /Họp ứng phó bão/);
    assert.equal(await kind(page), null);
    let told = '';
    await until('the centre is told', 15000, async () => {
      const answer = await fetch(`${process.env.HEADEND_URL}/api/v1/reports/${code}`);
      told = await answer.text();
      return answer.ok;
    });
    assert.match(told, /"hall":"Xã Bắc Hà"/);
    return `back ${back} ms after the cable, code ${code}`;
  })],

  ['who comes late sees what is said now, reads what it is, and can go back', during('Giao ban đầu tuần', -1200, 3000, async (open) => {
    const page = await open({ viewport: SMALL });
    await until('the meeting', 15000, async () => /Giao ban đầu tuần · \d\d:\d\d – \d\d:\d\d/.test(await page.textContent('#on-now')));
    await page.keyboard.press('Enter');
    await until('the bar', 30000, () => shown(page, 'timeline'));
    const position = async () => seconds(await page.textContent('#timeline-position'));
    const now = new Date(Date.now() + 7 * 3600e3).toISOString().slice(11, 19);
    const late = seconds(now) - (await position());
    assert.ok(late >= 0 && late < LATE_S, `${late} s behind the wall clock`);
    await page.evaluate(() => document.getElementById('to-back').click());
    await moving(page, 'ten seconds back', 8000);
    return `${late} s behind the wall clock`;
  })],
];
