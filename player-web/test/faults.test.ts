import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../src/channels';
import { diagnose, isMeanwhile, REPORT, type Facts, type Fault, type Playing } from '../src/faults';
import { CHANNEL as channel, meeting } from './fixtures';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const still: Playing = { moving: false, moved: false, waitingMs: 100, trouble: 'none', soundAlone: false, soundless: false, awaited: false, behind: false };
const moving: Playing = { moving: true, moved: true, waitingMs: 0, trouble: 'none', soundAlone: false, soundless: false, awaited: false, behind: false };

function facts(more: Partial<Facts> = {}, of: Partial<Channel> = {}): Facts {
  const here = { ...channel, ...of };
  return { left: false, reach: 'up', channels: [here], channel: here, playing: still, here: 'whole', now: NOW, over: null, ...more };
}

const covered = (kind: Fault['kind']): Fault => ({ kind, cover: true });
const strip = (kind: Fault['kind']): Fault => ({ kind, cover: false });

test('a moving picture with nothing wrong needs no word', () => {
  assert.equal(diagnose(facts({ playing: moving })), null);
});

test('who watches what has passed is not interrupted by what is wrong now', () => {
  const behind = { ...moving, behind: true };
  for (const now of [{ slate: true, state: 'dark' }, { incoming: 'no-picture' }, { incoming: 'no-sound' }] as const) {
    assert.notEqual(diagnose(facts({ playing: moving }, now)), null);
    assert.equal(diagnose(facts({ playing: behind }, now)), null);
  }
  assert.deepEqual(diagnose(facts({ playing: { ...behind, moving: false, waitingMs: 3000 } })), covered('resuming'));
  assert.deepEqual(diagnose(facts({ playing: behind, reach: 'down' })), strip('line'));
});

test('a fault that comes after what was no fault begins then', () => {
  const meanwhile = (['over', 'countdown', 'notStarted', 'left', 'opening', 'resuming', 'slow', 'source'] as const).map((kind) => isMeanwhile(covered(kind)));
  assert.deepEqual(meanwhile, [true, true, true, true, false, false, false, false]);
});

test('a picture that moves is never covered by what is no fault of the picture', () => {
  assert.deepEqual(diagnose(facts({ playing: moving, reach: 'down' })), strip('line'));
  assert.deepEqual(diagnose(facts({ playing: moving }, { incoming: 'no-sound' })), strip('noSound'));
  for (const state of ['stopped', 'waiting', 'dark', 'failed'] as const) {
    assert.equal(diagnose(facts({ playing: moving }, { state })), null, state);
  }
  assert.equal(diagnose(facts({ playing: moving, reach: 'broken' })), null);
});

test('a channel whose sound cannot be played has no sound, and not this hall’s loudspeakers', () => {
  assert.deepEqual(diagnose(facts({ playing: { ...moving, soundless: true } })), strip('noSound'));
});

test('sound alone is said to be no picture', () => {
  assert.deepEqual(diagnose(facts({ playing: moving }, { incoming: 'no-picture' })), covered('noPicture'));
});

test('sound alone on a poor line is told as this hall’s line, not as a screen without a picture', () => {
  const playing = { ...moving, soundAlone: true };
  assert.deepEqual(diagnose(facts({ playing, here: 'no-picture' })), covered('soundAlone'));
  assert.deepEqual(diagnose(facts({ playing }, { incoming: 'no-picture' })), covered('noPicture'));
  assert.deepEqual(REPORT.soundAlone, { word: 'no-picture', who: 'line' });
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
  assert.deepEqual(diagnose(facts({ playing: { ...still, moved: true, awaited: true } })), covered('awaited'), 'the viewer went back');
  assert.deepEqual(diagnose(facts({ playing: { ...still, trouble: 'device' } })), covered('device'));
  assert.deepEqual(diagnose(facts({ playing: { ...still, trouble: 'press', waitingMs: 99_000 } })), covered('press'));
});

test('before the first answer and without channels there is a word too', () => {
  assert.deepEqual(diagnose(facts({ reach: 'asking', channels: null, channel: null })), covered('opening'));
  assert.deepEqual(diagnose(facts({ channels: [], channel: null })), covered('empty'));
  assert.deepEqual(diagnose(facts({ left: true, playing: moving })), covered('left'));
});

test('where nothing comes the schedule has the word: a countdown, a late beginning, the end', () => {
  const next = meeting(NOW + 20 * MINUTE, NOW + 80 * MINUTE);
  const on = meeting(NOW - MINUTE, NOW + 60 * MINUTE);
  const over = meeting(NOW - 90 * MINUTE, NOW - 5 * MINUTE);
  for (const state of ['stopped', 'waiting', 'dark'] as const) {
    assert.deepEqual(diagnose(facts({}, { state, planned: { now: null, next } })), covered('countdown'), state);
    assert.deepEqual(diagnose(facts({ over }, { state })), covered('over'), state);
    assert.deepEqual(diagnose(facts({ over }, { state, planned: { now: null, next } })), covered('over'), 'the nearer one');
    assert.deepEqual(diagnose(facts({ over }, { state, planned: { now: on, next } })), covered(state === 'dark' ? 'source' : 'late'));
  }
  const tomorrow = meeting(NOW + 25 * 60 * MINUTE, NOW + 26 * 60 * MINUTE);
  assert.deepEqual(diagnose(facts({}, { state: 'waiting', planned: { now: null, next: tomorrow } })), covered('waiting'));
  const begun = meeting(NOW, NOW + MINUTE);
  assert.deepEqual(diagnose(facts({}, { state: 'waiting', planned: { now: null, next: begun } })), covered('late'), 'by the clock, before the node says so');
});

test('a picture that moves is left alone by the schedule, and a slate is not', () => {
  const planned = { now: null, next: meeting(NOW + MINUTE, NOW + 60 * MINUTE) };
  assert.equal(diagnose(facts({ playing: moving }, { planned })), null);
  assert.deepEqual(diagnose(facts({ playing: moving }, { state: 'dark', slate: true, planned })), covered('countdown'));
  assert.deepEqual(diagnose(facts({ playing: moving }, { state: 'dark', slate: true })), covered('source'));
});

test('what only this screen does not show or sound is said of this screen', () => {
  assert.deepEqual(diagnose(facts({ playing: moving, here: 'no-picture' })), covered('noPictureHere'));
  assert.deepEqual(diagnose(facts({ playing: moving, here: 'no-sound' })), strip('noSoundHere'));
  assert.deepEqual(diagnose(facts({ playing: moving, here: 'no-sound' }, { incoming: 'no-sound' })), strip('noSound'));
  assert.equal(REPORT.noSoundHere?.who, 'line');
  assert.equal(REPORT.countdown, null);
});

test('a source that never came has lost nothing: it has not started', () => {
  const on = meeting(NOW - MINUTE, NOW + 60 * MINUTE);
  const silent = { state: 'dark', slate: true, begun: false } as const;
  assert.deepEqual(diagnose(facts({ playing: moving }, silent)), covered('waiting'));
  assert.deepEqual(diagnose(facts({ playing: moving }, { ...silent, planned: { now: on, next: null } })), covered('late'));
});
