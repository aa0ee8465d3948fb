import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPORT } from '../src/faults';
import { forTyping } from '../src/keys';
import { panelOf, type About, type Name, type Settings } from '../src/menu';
import { wordsOf } from '../src/words';

const settings: Settings = { language: 'vi', size: 150, hall: '', kiosk: true };
const two = [{ index: -1, name: null, chosen: true }, { index: 0, name: '720p · 1,5 Mbit/s', chosen: false }];
const about = (more: Partial<About> = {}): About => ({
  words: wordsOf('vi'), settings, help: { phone: null, name: null }, code: '', again: null, choices: { quality: [], sound: [], subtitles: [] }, ...more,
});
const rows = (name: Name, of: About): string[] => panelOf(name, of).rows.map(({ label, value, chosen }) => [label, value, chosen ? '✓' : ''].filter(Boolean).join(': '));

test('what cannot be chosen is not offered', () => {
  assert.deepEqual(rows('menu', about()), ['Cài đặt', 'Trợ giúp', 'Dừng xem']);
  const choices = { quality: two, sound: [{ index: 0, name: '1', chosen: true }, { index: 1, name: 'English', chosen: false }], subtitles: [] };
  assert.deepEqual(rows('menu', about({ choices })).slice(0, 2), ['Chất lượng hình: Tự động', 'Đường tiếng: Đường 1']);
  assert.deepEqual(rows('quality', about({ choices })), ['Tự động: ✓', '720p · 1,5 Mbit/s']);
  assert.deepEqual(rows('subtitles', about({ choices: { ...choices, subtitles: two } })), ['Tắt: ✓', '720p · 1,5 Mbit/s']);
});

test('a hall that calls for help reads out its code', () => {
  const text = (code: string): ReadonlyArray<string> => panelOf('help', about({ code })).text;
  assert.equal(text('ABD234').filter((line) => line.endsWith(': ABD234')).length, 1);
  assert.equal(text('').length, text('ABD234').length - 1);
});

test('who comes late is offered the beginning', () => {
  const start = Date.UTC(2026, 0, 5, 1, 0);
  const panel = panelOf('menu', about({ again: start }));
  assert.deepEqual(panel.rows[0], { id: 'from-start', label: 'Xem từ đầu cuộc họp', value: '08:00', chosen: null, pick: { from: start } });
});

test('the settings say what they are set to', () => {
  assert.deepEqual(rows('settings', about()), ['Ngôn ngữ (Language): Tiếng Việt', 'Cỡ chữ: 150 %', 'Tên hội trường: Chưa đặt', 'Màn hình cố định: Bật']);
  assert.deepEqual(rows('size', about()), ['100 %', '150 %: ✓', '200 %']);
});

test('the help has the number large, and a word where there is none', () => {
  const help = panelOf('help', about({ help: { phone: '0214 3840 888', name: 'Trực ban' } }));
  assert.equal(help.large, '0214 3840 888');
  assert.equal(help.text[0], 'Gọi khi cần giúp: Trực ban');
  assert.equal(panelOf('help', about()).large, '');
  assert.match(panelOf('help', about()).text[0] || '', /người vận hành/);
});

test('each panel can be left, and no two rows of it are one', () => {
  for (const name of ['menu', 'settings', 'size', 'hall', 'help'] as const) {
    const ids = panelOf(name, about()).rows.map(({ id }) => id);
    assert.ok(ids.length > 0);
    assert.equal(new Set(ids).size, ids.length, name);
  }
});

test('each fault has three steps at most, as many in English, and each that is reported has one', () => {
  const [vi, en] = [wordsOf('vi').faults, wordsOf('en').faults];
  for (const kind of Object.keys(vi) as (keyof typeof vi)[]) {
    assert.ok(vi[kind].steps.length <= 3, kind);
    assert.equal(vi[kind].steps.length, en[kind].steps.length, kind);
    assert.equal(vi[kind].steps.length > 0, REPORT[kind] !== null, kind);
  }
});

test('a field keeps letters, digits and Backspace, and gives back the keys that lead out of it', () => {
  const key = (name: string, keyCode: number): boolean => forTyping({ key: name, keyCode, shiftKey: false });
  for (const [name, code] of [['1', 49], ['i', 73], ['Backspace', 8], ['ArrowLeft', 37]] as const) assert.equal(key(name, code), true, name);
  for (const [name, code] of [['ArrowDown', 40], ['Enter', 13], ['Escape', 27], ['GoBack', 0], ['Unidentified', 461]] as const) assert.equal(key(name, code), false, name);
});
