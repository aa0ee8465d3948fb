// What the schedule says: what is on and next, the countdown, a late beginning, the end.

import assert from 'node:assert/strict';
import { headend, kind, look, moving, OPEN_MS, shown, SMALL, until, wake } from '../stage.mjs';

const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
const show = (page, id) => page.evaluate((hash) => (location.hash = hash), id);

/** Has the node plan a meeting; the dev server is told the same by its own way. */
function plan(own, title, channel, from, to, more) {
  if (own) {
    const meeting = { id: 'm9', title, start: at(from), end: at(to), class: more.class, originator: more.originator, cancelled: false };
    own.change({ channels: { [channel]: { meetings: { now: from <= 0 ? meeting : null, next: from > 0 ? meeting : null, near: true } } } });
    return;
  }
  headend('meeting', 'add', title, '--channel', channel, '--start', at(from), '--end', at(to), '--class', more.class, '--originator', more.originator);
}

export const tests = [
  ['a meeting is counted down to, then it is late, and nobody in the hall has to do anything', async (open, cable, own) => {
    const page = await open({ viewport: SMALL });
    plan(own, 'Tập huấn chuyển đổi số cấp xã', 'giao-ban', 25, 3600, { class: 'priority', originator: 'Sở Nội vụ tỉnh Lào Cai' });
    await show(page, 'giao-ban');
    await until('countdown', 10000, async () => (await kind(page)) === 'countdown');
    assert.equal(await page.innerText('#fault-title'), 'Tập huấn chuyển đổi số cấp xã');
    assert.match(await page.innerText('#fault-text'), /^(Bắt đầu lúc|Ngày mai) \d\d:\d\d · Sở Nội vụ tỉnh Lào Cai$/);
    assert.equal(await page.innerText('#fault-place'), 'Ưu tiên');
    assert.match(await page.innerText('#count-time'), /^00:[012]\d$/);
    assert.equal(await shown(page, 'report'), false, 'a meeting to come is no fault');
    const said = await page.innerText('#say');
    await look(page, 'countdown');
    assert.equal(await page.innerText('#say'), said, 'the countdown is not read out each second');
    if (own) {
      own.change({ channels: { 'giao-ban': { meetings: { now: null, next: null, near: false } } } });
      return 'the dev server does not plan';
    }
    await until('late', 40000, async () => (await kind(page)) === 'late');
    assert.equal(await page.innerText('#fault-title'), 'Chưa bắt đầu');
    assert.match(await page.innerText('#report-code'), /^[2-9A-HJKMNP-Z]{6}$/);
    await look(page, 'late');
    const [{ id }] = JSON.parse(headend('meeting', 'list', '--output', 'json')).filter(({ channel }) => channel === 'giao-ban');
    headend('meeting', 'cancel', id, '--yes');
    await until('not started', 15000, async () => ['waiting', 'source'].includes(await kind(page)));
    return undefined;
  }],

  ['what is on and what comes next stand above the picture and in the list', async (open, cable, own) => {
    const page = await open({ viewport: SMALL });
    if (!own) {
      plan(own, 'Họp Chính phủ thường kỳ tháng 11', 'hop', -600, 3000, { class: 'emergency', originator: 'Văn phòng Chính phủ' });
      plan(own, 'Hội nghị trực tuyến ứng phó bão số 12', 'hop', 3600, 7200, { class: 'normal', originator: '' });
    }
    await until('on now', 15000, async () => /Họp Chính phủ thường kỳ tháng 11 · \d\d:\d\d – \d\d:\d\d/.test(await page.textContent('#on-now')));
    assert.match(await page.textContent('#next'), /Tiếp theo: Hội nghị trực tuyến ứng phó bão số 12 · (Ngày mai )?\d\d:\d\d/);
    assert.equal(await page.textContent('#class'), own ? 'Ưu tiên' : 'Khẩn cấp');
    await wake(page);
    await look(page, 'on-now');
    await page.evaluate(() => document.getElementById('to-list').click());
    const row = await page.innerText('#channel-hop, #channel-hop-chinh-phu');
    assert.match(row, /Họp Chính phủ thường kỳ tháng 11/);
    assert.deepEqual((await page.locator('#rows .group').allInnerTexts()).slice(0, 2), ['Trung ương', 'Tỉnh Lào Cai']);
    await look(page, 'list-on-now');
  }],

  ['after its end a meeting is said to be over', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.route(/\/api\/v1\/meetings\?/, (route) => route.fulfill({ json: [
      { id: 'm1', title: 'Giao ban tháng 11', start: at(-7200), end: at(-300), class: 'normal', originator: '', cancelled: false },
    ] }));
    await show(page, 'giao-ban');
    await until('over', 10000, async () => (await kind(page)) === 'over');
    assert.equal(await page.innerText('#fault-title'), 'Đã kết thúc');
    assert.match(await page.innerText('#fault-text'), /^Giao ban tháng 11 · Kết thúc lúc \d\d:\d\d$/);
    await look(page, 'over');
    await page.route('**/api/v1/node', async (route) => {
      const response = await route.fetch();
      const node = await response.json();
      const next = { id: 'm2', title: 'Họp trực tuyến toàn quốc về chuyển đổi số', start: at(50 * 3600), end: at(52 * 3600), class: 'normal', originator: '', cancelled: false };
      for (const channel of node.channels) channel.meetings = { ...channel.meetings, next };
      return route.fulfill({ response, json: node });
    });
    await until('what comes next', 10000, async () => /Tiếp theo: Họp trực tuyến toàn quốc về chuyển đổi số · (Thứ|Chủ) \S+ \d\d\/\d\d \d\d:\d\d$/.test(await page.innerText('#fault-text')));
    await look(page, 'over-next');
    await page.unroute('**/api/v1/node');
    await show(page, (await page.getAttribute('#rows [data-state="on-air"]', 'data-channel')) || 'hop');
    await moving(page, 'the other channel', OPEN_MS);
  }],
];
