import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateOf, moment, timeOfDay } from '../src/clock';
import { Digits } from '../src/digits';
import { deviceOf, settingsOf } from '../src/profile';
import { choose, wordsOf } from '../src/words';

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
  const check = (value: unknown): void => {
    if (typeof value === 'string') {
      assert.notEqual(value.trim(), '');
      assert.equal(value, value.normalize('NFC'));
    } else Object.values(value as object).forEach(check);
  };
  check(wordsOf('vi'));
  check(wordsOf('en'));
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

test('televisions are known by their names, and get their own settings', () => {
  const tv = [
    'Mozilla/5.0 (SMART-TV; LINUX; Tizen 4.0) AppleWebKit/538.1',
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/53.0.2785.34',
    'Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 MAG254 stbapp ver: 2',
    'Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36',
  ];
  for (const agent of tv) assert.equal(deviceOf(agent), 'tv', agent);
  assert.equal(deviceOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36'), 'pc');
  assert.equal(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari'), 'pc');
  assert.equal(settingsOf('tv').maxLiveSyncPlaybackRate, 1);
  assert.equal(settingsOf('tv').lowLatencyMode, false);
  assert.equal(settingsOf('pc').lowLatencyMode, true);
});
