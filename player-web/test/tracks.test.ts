import assert from 'node:assert/strict';
import { test } from 'node:test';
import type Hls from 'hls.js';
import { Chosen } from '../src/tracks';

const LEVELS = [{ height: 360 }, { height: 1080 }];
const SOUNDS = [{ name: 'Tiếng Việt', lang: 'vie' }, { name: 'Tiếng Mông', lang: 'hmn' }];
const SUBTITLES = [{ name: 'Tiếng Việt', lang: 'vie' }];

const player = (more: object = {}): Hls =>
  ({ levels: LEVELS, manualLevel: -1, loadLevel: -1, audioTracks: SOUNDS, audioTrack: 0, subtitleTracks: SUBTITLES, subtitleTrack: -1, ...more }) as unknown as Hls;

test('a player that is built anew has what was chosen in the one before', () => {
  const chosen = new Chosen();
  chosen.note(player({ manualLevel: 0, audioTrack: 1, subtitleTrack: 0 }));
  assert.deepEqual(chosen.settings(), { audioPreference: SOUNDS[1], subtitlePreference: SUBTITLES[0] });
  const next = player({ levels: LEVELS.slice().reverse() });
  chosen.apply(next);
  assert.equal(next.loadLevel, 1);
});

test('what a player does not offer stays chosen', () => {
  const chosen = new Chosen();
  chosen.note(player({ manualLevel: 0, audioTrack: 1, subtitleTrack: 0 }));
  const alone = player({ levels: [{ height: 0 }], audioTracks: [], audioTrack: -1, subtitleTracks: [] });
  chosen.apply(alone);
  assert.equal(alone.loadLevel, -1);
  chosen.note(alone);
  assert.deepEqual(chosen.settings(), { audioPreference: SOUNDS[1], subtitlePreference: SUBTITLES[0] });
  const next = player();
  chosen.apply(next);
  assert.equal(next.loadLevel, 0);
});

test('what was turned off stays off, and automatic is automatic', () => {
  const chosen = new Chosen();
  chosen.note(player({ manualLevel: 1, subtitleTrack: 0 }));
  chosen.note(player());
  const next = player();
  chosen.apply(next);
  assert.equal(next.loadLevel, -1);
  assert.deepEqual(chosen.settings(), { audioPreference: SOUNDS[0] });
});
