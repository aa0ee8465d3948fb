import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../src/channels';
import { diagnose, type Facts, type Fault, type Playing } from '../src/faults';

const channel: Channel = { id: 'a', name: 'A', number: 1, state: 'on-air', stateSeconds: 60, hls: 'ready', incoming: 'whole' };
const still: Playing = { moving: false, moved: false, waitingMs: 100, trouble: 'none' };
const moving: Playing = { moving: true, moved: true, waitingMs: 0, trouble: 'none' };

function facts(more: Partial<Facts> = {}, of: Partial<Channel> = {}): Facts {
  const here = { ...channel, ...of };
  return { left: false, reach: 'up', channels: [here], channel: here, playing: still, ...more };
}

const covered = (kind: Fault['kind']): Fault => ({ kind, cover: true });
const strip = (kind: Fault['kind']): Fault => ({ kind, cover: false });

test('a moving picture with nothing wrong needs no word', () => {
  assert.equal(diagnose(facts({ playing: moving })), null);
});

test('a picture that moves is never covered by what is no fault of the picture', () => {
  assert.deepEqual(diagnose(facts({ playing: moving, reach: 'down' })), strip('line'));
  assert.deepEqual(diagnose(facts({ playing: moving }, { incoming: 'no-sound' })), strip('noSound'));
  for (const state of ['stopped', 'waiting', 'dark', 'failed'] as const) {
    assert.equal(diagnose(facts({ playing: moving }, { state })), null, state);
  }
  assert.equal(diagnose(facts({ playing: moving, reach: 'broken' })), null);
});

test('sound alone is said to be no picture', () => {
  assert.deepEqual(diagnose(facts({ playing: moving }, { incoming: 'no-picture' })), covered('noPicture'));
});

test('the line comes before all that the node said when it could still be heard', () => {
  for (const state of ['stopped', 'waiting', 'dark', 'failed', 'on-air'] as const) {
    assert.deepEqual(diagnose(facts({ reach: 'down' }, { state })), covered('line'), state);
  }
  assert.deepEqual(diagnose(facts({ reach: 'down', channels: null, channel: null })), covered('line'));
});

test('each state of a channel has its own word', () => {
  assert.deepEqual(diagnose(facts({}, { state: 'stopped' })), covered('notStarted'));
  assert.deepEqual(diagnose(facts({}, { state: 'waiting' })), covered('waiting'));
  assert.deepEqual(diagnose(facts({}, { state: 'dark' })), covered('source'));
  assert.deepEqual(diagnose(facts({}, { state: 'failed' })), covered('failed'));
  assert.deepEqual(diagnose(facts({}, { hls: 'none' })), covered('unavailable'));
});

test('a channel that has just come on air is given time for its first segments', () => {
  assert.deepEqual(diagnose(facts({}, { hls: 'unavailable', stateSeconds: 3 })), covered('opening'));
  assert.deepEqual(diagnose(facts({}, { hls: 'unavailable', stateSeconds: 11 })), covered('unavailable'));
});

test('the server that answers with errors is named, not the line', () => {
  assert.deepEqual(diagnose(facts({ reach: 'broken' })), covered('server'));
  assert.deepEqual(diagnose(facts({ playing: { ...still, trouble: 'server', waitingMs: 7000 } })), covered('server'));
  assert.deepEqual(diagnose(facts({ playing: { ...still, trouble: 'server', waitingMs: 1000 } })), covered('opening'));
});

test('a picture that takes long on a good node is the line, and one that never can is the screen', () => {
  assert.deepEqual(diagnose(facts({ playing: { ...still, waitingMs: 16000 } })), covered('slow'));
  assert.deepEqual(diagnose(facts({ playing: { ...still, moved: true } })), covered('resuming'));
  assert.deepEqual(diagnose(facts({ playing: { ...still, trouble: 'device' } })), covered('device'));
  assert.deepEqual(diagnose(facts({ playing: { ...still, trouble: 'press', waitingMs: 99_000 } })), covered('press'));
});

test('before the first answer and without channels there is a word too', () => {
  assert.deepEqual(diagnose(facts({ reach: 'asking', channels: null, channel: null })), covered('opening'));
  assert.deepEqual(diagnose(facts({ channels: [], channel: null })), covered('empty'));
  assert.deepEqual(diagnose(facts({ left: true, playing: moving })), covered('left'));
});
