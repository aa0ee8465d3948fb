import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countdown, dayOf, exactTime, hourOf } from '../src/clock';
import { isTimeToReload, type Night } from '../src/kiosk';
import { atTime, lastOver, meetingOf, OVER_MS, plannedOf, UNPLANNED } from '../src/meetings';
import { meeting } from './fixtures';

const json = (more: object = {}): object => ({
  title: 'Họp', start: '2026-11-22T01:00:00Z', end: '2026-11-22T02:00:00Z', class: 'emergency', originator: 'Tỉnh', cancelled: false, ...more,
});
const START = Date.UTC(2026, 10, 22, 1);
const HOUR = 3_600_000;

test('a meeting is read, and what is none is not', () => {
  assert.deepEqual(meetingOf(json()), meeting(START, START + HOUR, { class: 'emergency', originator: 'Tỉnh' }));
  assert.equal(meetingOf(json({ class: 'royal' }))?.class, 'normal');
  for (const none of [null, 7, {}, json({ title: 3 }), json({ start: 'soon' }), json({ end: '2026-11-22T01:00:00Z' }), json({ cancelled: true })]) {
    assert.equal(meetingOf(none), null, JSON.stringify(none));
  }
  assert.deepEqual(plannedOf(undefined), UNPLANNED);
});

test('what is on follows the clock, not the age of the answer', () => {
  const planned = { now: meeting(0, 10), next: meeting(20, 30) };
  assert.deepEqual(atTime(planned, 9), planned);
  assert.deepEqual(atTime(planned, 10), { now: null, next: planned.next });
  assert.deepEqual(atTime(planned, 20), { now: planned.next, next: null });
  assert.deepEqual(atTime(planned, 30), { now: null, next: null });
});

test('the meeting that was over last is found, for some hours', () => {
  const body = JSON.stringify([json({ title: 'early', end: '2026-11-22T01:30:00Z' }), json(), json({ title: 'called off', cancelled: true }), null]);
  assert.equal(lastOver(body, START + HOUR - 1)?.title, 'early');
  assert.equal(lastOver(body, START + HOUR)?.title, 'Họp');
  assert.equal(lastOver(body, START + HOUR + OVER_MS + 1), null);
  for (const none of ['', '{}', 'null', '<html>']) assert.equal(lastOver(none, START), null);
});

test('a countdown never goes below nothing', () => {
  assert.equal(countdown(3_661_000), '1:01:01');
  assert.equal(countdown(59_001), '01:00');
  assert.equal(countdown(-5), '00:00');
  assert.equal(exactTime(START), '08:00:00');
  assert.equal(hourOf(START), 8);
  assert.equal(dayOf(Date.UTC(2026, 10, 21, 17)), dayOf(START));
});

test('a screen that nobody minds is loaded anew in the small hours, once, and never near a meeting', () => {
  const now = Date.UTC(2026, 10, 21, 20, 30); // 03:30 in Việt Nam
  const night: Night = { now, age: 5 * HOUR, minute: 29, reached: true, planned: [UNPLANNED], lastDay: 0 };
  assert.equal(isTimeToReload(night), true);
  const not: ReadonlyArray<Partial<Night>> = [
    { minute: 31 }, { age: HOUR }, { reached: false }, { lastDay: dayOf(now) }, { now: now + HOUR }, { now: now - HOUR },
    { planned: [UNPLANNED, { now: meeting(now - HOUR, now + HOUR), next: null }] },
    { planned: [{ now: null, next: meeting(now + 60_000, now + HOUR) }] },
  ];
  for (const more of not) assert.equal(isTimeToReload({ ...night, ...more }), false, JSON.stringify(more));
  assert.equal(isTimeToReload({ ...night, planned: [{ now: null, next: meeting(now + HOUR, now + 2 * HOUR) }] }), true);
});
