import assert from 'node:assert/strict';
import { test } from 'node:test';
import { behindHole } from '../src/hole';

const ranges = (...all: ReadonlyArray<readonly [number, number]>) => ({
  length: all.length,
  start: (index: number) => (all[index] || [NaN, NaN])[0],
  end: (index: number) => (all[index] || [NaN, NaN])[1],
});

test('a picture that stands before a hole goes on behind it', () => {
  const buffered = ranges([6, 42.13], [42.7, 44.7]);
  assert.equal(behindHole(buffered, 42.1), 42.75);
  assert.equal(behindHole(buffered, 42.4), 42.75);
});

test('a picture that has something to play, or nothing to go to, stays where it is', () => {
  const buffered = ranges([6, 42.13], [42.7, 44.7]);
  assert.equal(behindHole(buffered, 41), null);
  assert.equal(behindHole(buffered, 43), null);
  assert.equal(behindHole(buffered, 44.6), null);
  assert.equal(behindHole(ranges(), 0), null);
  assert.equal(behindHole(ranges([0, 10], [40, 50]), 9.9), null, 'half a minute is another place');
});
