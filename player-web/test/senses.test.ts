import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Senses } from '../src/senses';

/** Pushes each 250 ms up to `to` what `at` counts. */
function run(senses: Senses, from: number, to: number, at: (now: number) => { frames: number | null; soundBytes: number | null }, moving = true): void {
  for (let now = from; now <= to; now += 250) senses.push(now, moving, at(now));
}

test('a clock that runs without pictures is a screen that shows none', () => {
  const senses = new Senses();
  run(senses, 0, 10_000, (now) => ({ frames: now / 40, soundBytes: now }));
  assert.equal(senses.here(10_000), 'whole');
  run(senses, 10_250, 20_000, (now) => ({ frames: 250, soundBytes: now }));
  assert.equal(senses.here(18_000), 'whole');
  assert.equal(senses.here(20_000), 'no-picture');
  run(senses, 20_250, 20_500, (now) => ({ frames: now / 40, soundBytes: now }));
  assert.equal(senses.here(20_500), 'whole', 'over with the first picture');
});

test('a sound that stops is missed, one that never was is not', () => {
  const stops = new Senses();
  run(stops, 0, 10_000, (now) => ({ frames: now, soundBytes: now }));
  run(stops, 10_250, 20_000, (now) => ({ frames: now, soundBytes: 10_000 }));
  assert.equal(stops.here(20_000), 'no-sound');
  const never = new Senses();
  run(never, 0, 20_000, (now) => ({ frames: now, soundBytes: 0 }));
  assert.equal(never.here(20_000), 'whole');
});

test('a browser that counts nothing, and a picture that nobody looks at, prove nothing', () => {
  const dumb = new Senses();
  run(dumb, 0, 60_000, () => ({ frames: null, soundBytes: null }));
  assert.equal(dumb.here(60_000), 'whole');
  const hidden = new Senses();
  run(hidden, 0, 60_000, () => ({ frames: 5, soundBytes: 5 }), false);
  assert.equal(hidden.here(60_000), 'whole');
});
