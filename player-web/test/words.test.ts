import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateOf, moment, timeOfDay } from '../src/clock';
import { Digits } from '../src/digits';
import latin from '@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-500-normal.woff2';
import vietnamese from '@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-500-normal.woff2';
import style from '../src/style.css';
import { choose, wordsOf } from '../src/words';
import { technicalIn } from './technical.mjs';
import { pointsOf } from './woff2';

/** Every string in both languages. */
function strings(value: unknown = [wordsOf('vi'), wordsOf('en')]): string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(strings);
}

test('Vietnamese is the default, English where the browser knows nothing else', () => {
  assert.equal(choose(null, null, []), 'vi');
  assert.equal(choose(null, null, ['fr']), 'vi');
  assert.equal(choose(null, null, ['en-US', 'en']), 'en');
  assert.equal(choose(null, null, ['en-US', 'vi']), 'vi');
});

test('the address comes before the choice kept, and that before the browser', () => {
  assert.equal(choose('en', 'vi', ['vi']), 'en');
  assert.equal(choose(null, 'en', ['vi']), 'en');
  assert.equal(choose('klingon', null, ['vi']), 'vi');
});

test('every string is there, in Unicode composed form', () => {
  for (const value of strings()) {
    assert.notEqual(value.trim(), '');
    assert.equal(value, value.normalize('NFC'));
  }
});

test('nobody in a hall reads a technical word', () => {
  for (const value of strings()) assert.deepEqual(technicalIn(value), [], value);
});

/** Each vowel with each tone, in both cases, and đ. */
function letters(): string {
  const tones = ['', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'];
  const all = `${[...'aăâeêioôơuưy'].flatMap((vowel) => tones.map((tone) => (vowel + tone).normalize('NFC'))).join('')}đ`;
  return all + all.toUpperCase();
}

test('the shipped fonts have every letter of Vietnamese and of the page, in the range that each is asked for', () => {
  const wanted = new Set([...letters(), ...strings().join(''), ...'−'].map((letter) => letter.codePointAt(0) || 0));
  const faces = [vietnamese, latin].map(pointsOf);
  const ranges = [...style.matchAll(/unicode-range:([^;]*);/g)].map(([, list = '']) =>
    list.split(',').map((range) => range.trim().replace('U+', '').split('-').map((end) => parseInt(end, 16))));
  const drawn = (point: number): boolean => ranges.some((list, index) =>
    list.some(([from = 0, to = from]) => point >= from && point <= to) && (faces[index] as Set<number>).has(point));
  assert.equal(faces.length, ranges.length);
  assert.deepEqual([...wanted].filter((point) => !drawn(point)).map((point) => String.fromCodePoint(point)), []);
});

test('the faults use the three words of the handbook', () => {
  const { faults } = wordsOf('vi');
  for (const kind of ['line', 'source', 'server'] as const) assert.equal(faults[kind].title, 'Mất kết nối');
  for (const kind of ['slow', 'soundAlone', 'failed', 'noPicture', 'unavailable', 'device'] as const) {
    assert.equal(faults[kind].title, 'Không có hình');
  }
  assert.equal(faults.noSound.title, 'Không có tiếng');
  assert.equal(faults.notStarted.title, 'Chưa bắt đầu');
});

test('the clock is Việt Nam’s wherever the box believes to be', () => {
  const at = Date.UTC(2026, 10, 21, 17, 5);
  assert.equal(timeOfDay(at), '00:05');
  assert.equal(dateOf(at, wordsOf('vi').weekdays), 'Chủ nhật, 22/11/2026');
});

test('a time of another day is told with the day', () => {
  const now = Date.UTC(2026, 10, 21, 16, 30);
  const told = (hours: number): ReadonlyArray<string> => (['vi', 'en'] as const).map((language) => moment(now + hours * 3_600_000, now, wordsOf(language)));
  assert.deepEqual(told(0), ['23:30', '23:30']);
  assert.deepEqual(told(0.5), ['Ngày mai 00:00', 'Tomorrow 00:00']);
  assert.deepEqual(told(24), ['Ngày mai 23:30', 'Tomorrow 23:30']);
  assert.deepEqual(told(24.5), ['Thứ Hai 23/11 00:00', 'Monday 23/11 00:00']);
});

test('typed digits become a number when no more can follow, or after a pause', () => {
  const digits = new Digits();
  digits.push(0, '1', 25);
  assert.deepEqual(digits.shown(0), { digits: '1', wrong: false });
  assert.equal(digits.take(1400), null);
  digits.push(1400, '2', 25);
  assert.equal(digits.take(1800), 12);
  assert.equal(digits.take(9999), null);
  digits.push(10_000, '7', 25);
  assert.equal(digits.take(11_500), 7);
  digits.refuse(11_500, 7);
  assert.deepEqual(digits.shown(12_000), { digits: '7', wrong: true });
  assert.equal(digits.shown(20_000), null);
});
