import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find, first, grouped, nodeOf, step, type Channel } from '../src/channels';
import { CHANNEL } from './fixtures';

const channelsOf = (body: string): Channel[] | null => { const node = nodeOf(body); return node && node.channels; };

const node = (...channels: unknown[]): string => JSON.stringify({ name: 'n', channels });
const entry = (id: string, more: object = {}): object => ({
  id, name: id.toUpperCase(), state: 'on-air', state_seconds: 3, on_air: 0, inputs: [{ state: 'receiving' }], hls: {}, ...more,
});

test('a channel is read with its place, state and HLS', () => {
  assert.deepEqual(channelsOf(node(entry('a'), entry('b', { hls: { unavailable: 'MPEG-2 video' } }), entry('c', { hls: null }))), [
    { ...CHANNEL, id: 'a', name: 'A', number: 1, stateSeconds: 3, hls: 'ready' },
    { ...CHANNEL, id: 'b', name: 'B', number: 2, stateSeconds: 3, hls: 'unavailable' },
    { ...CHANNEL, id: 'c', name: 'C', number: 3, stateSeconds: 3, hls: 'none' },
  ]);
});

test('what comes is read from the input on air alone', () => {
  const inputs = [{ state: 'no-sound' }, { state: 'no-picture' }, { state: 'lost' }];
  const incoming = (on_air: unknown): string | undefined => channelsOf(node(entry('a', { inputs, on_air })))?.[0]?.incoming;
  assert.equal(incoming(0), 'no-sound');
  assert.equal(incoming(1), 'no-picture');
  assert.equal(incoming(2), 'whole');
  assert.equal(incoming(null), 'whole');
  assert.equal(incoming(99), 'whole');
});

test('an incident of the input on air strikes as long as it lasts', () => {
  const incident = { end: null, severity: 'critical', subject: 'input 0', word: 'no-sound' };
  const incoming = (...incidents: unknown[]): string | undefined => channelsOf(node(entry('a', { incidents })))?.[0]?.incoming;
  assert.equal(incoming(incident), 'no-sound');
  assert.equal(incoming(incident, { ...incident, word: 'no-picture' }), 'no-picture');
  assert.equal(incoming(null, { ...incident, end: '2026-11-22T07:00:00Z' }), 'whole');
  assert.equal(incoming({ ...incident, subject: 'input 1' }, { ...incident, severity: 'warning' }), 'whole');
});

test('a channel has begun when something came by any input', () => {
  const begun = (...states: string[]): boolean | undefined => channelsOf(node(entry('a', { inputs: states.map((state) => ({ state })) })))?.[0]?.begun;
  assert.deepEqual([begun(), begun('waiting', 'waiting'), begun('waiting', 'lost'), begun('receiving')], [false, false, true, true]);
});

test('a channel is recorded only where the node says so', () => {
  const recording = (more: object): boolean | undefined => channelsOf(node(entry('a', more)))?.[0]?.recording;
  assert.equal(recording({ recording: true }), true);
  assert.equal(recording({ recording: false }), false);
  assert.equal(recording({ recording: 'true' }), false);
  assert.equal(recording({}), false);
});

test('how far back a channel goes is told by the node alone', () => {
  const earliest = (hls: unknown): number | null | undefined => channelsOf(node(entry('a', { hls })))?.[0]?.earliest;
  assert.equal(earliest({ shift: { earliest_unix_seconds: 1_700_000_000 } }), 1_700_000_000_000);
  for (const none of [null, {}, { shift: null }, { shift: { earliest_unix_seconds: 'soon' } }]) assert.equal(earliest(none), null);
});

test('channels stand by who broadcasts, in the order of the node', () => {
  const of = (id: string, group: string): object => entry(id, { group });
  const channels = channelsOf(node(of('a', 'Trung ương'), of('b', 'Tỉnh'), of('c', 'Trung ương'), entry('d'))) || [];
  assert.deepEqual(grouped(channels).map(({ name, channels: some }) => [name, some.map(({ id }) => id).join('')]), [
    ['Trung ương', 'ac'], ['Tỉnh', 'b'], ['', 'd'],
  ]);
});

test('whom to call is read, and nothing where nobody is named', () => {
  const help = (given: unknown): unknown => nodeOf(JSON.stringify({ channels: [], help: given }))?.help;
  assert.deepEqual(help({ phone: '0214 3840 888', name: 'Trực ban' }), { phone: '0214 3840 888', name: 'Trực ban' });
  for (const nobody of [undefined, null, 7, {}, { phone: '', name: 3 }]) assert.deepEqual(help(nobody), { phone: null, name: null });
});

test('an answer that is no snapshot is refused', () => {
  for (const body of ['', '<html>', 'null', '[]', '{}', '{"channels":7}', '"x"']) assert.equal(channelsOf(body), null, body);
});

test('a channel without an id, or a second one with the same, is skipped', () => {
  const channels = channelsOf(node(null, 7, {}, { id: '' }, { id: 3 }, entry('a'), entry('a'), { id: 'b' }));
  assert.deepEqual(channels?.map(({ id, name, number, state }) => [id, name, number, state]), [
    ['a', 'A', 1, 'on-air'],
    ['b', 'b', 2, 'waiting'],
  ]);
});

test('a huge list is cut', () => {
  const many = Array.from({ length: 5000 }, (_, index) => entry(`c${index}`));
  assert.equal(channelsOf(node(...many))?.length, 999);
});

test('the first shown is the one asked for, then the last watched, then one on air, then any', () => {
  const channels = channelsOf(node(entry('a', { state: 'stopped' }), entry('b', { hls: null }), entry('c'), entry('d'))) || [];
  assert.equal(first(channels, 'd', 'b')?.id, 'd');
  assert.equal(first(channels, 'gone', 'b')?.id, 'b');
  assert.equal(first(channels, '', null)?.id, 'c');
  assert.equal(first(channels.slice(0, 2), null, null)?.id, 'a');
  assert.equal(first([], 'a', 'a'), null);
});

test('a channel has the number that the node gives it, and is found beside the next by its place', () => {
  const channels = channelsOf(node(entry('a', { number: 21 }), entry('b', { number: 5 }), entry('c'), entry('d', { number: -1 }))) || [];
  assert.deepEqual(channels.map(({ number }) => number), [21, 5, 3, 4]);
  assert.deepEqual([step(channels, 'a', 1)?.id, step(channels, 'b', 1)?.id, step(channels, 'a', -1)?.id], ['b', 'c', 'd']);
});

test('channel up and down go round', () => {
  const channels = channelsOf(node(entry('a'), entry('b'), entry('c'))) || [];
  assert.equal(step(channels, 'c', 1)?.id, 'a');
  assert.equal(step(channels, 'a', -1)?.id, 'c');
  assert.equal(step(channels, 'gone', 1)?.id, 'a');
  assert.equal(step([], 'a', 1), null);
  assert.equal(find(channels, null), null);
});
