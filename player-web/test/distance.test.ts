import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LevelDetails } from 'hls.js';
import { Distance, sinceBreak } from '../src/distance';

const fetch = (distance: Distance, times: number, ms: number): void => {
  for (let time = 0; time < times; time += 1) distance.fetched(ms, 2);
};

test('a line that brings segments quickly is played nearer to the end', () => {
  const distance = new Distance();
  assert.equal(distance.segments(), 3);
  fetch(distance, 9, 400);
  assert.equal(distance.segments(), 3, 'not sure yet');
  fetch(distance, 1, 400);
  assert.equal(distance.segments(), 2);
});

test('one segment that comes slowly puts it back', () => {
  const distance = new Distance();
  fetch(distance, 20, 100);
  fetch(distance, 1, 600);
  assert.equal(distance.segments(), 3);
  fetch(distance, 10, 100);
  assert.equal(distance.segments(), 2);
});

test('a picture that stood is remembered for minutes', () => {
  const distance = new Distance();
  fetch(distance, 20, 100);
  distance.stood();
  fetch(distance, 150, 100);
  assert.equal(distance.segments(), 3);
  fetch(distance, 10, 100);
  assert.equal(distance.segments(), 2);
  distance.stood();
  fetch(distance, 1, 600);
  fetch(distance, 10, 100);
  assert.equal(distance.segments(), 3, 'a slow one does not make it forget');
});

test('what follows the last discontinuity is as long as its segments', () => {
  const of = (...breaks: number[]) => {
    const fragments = breaks.map((cc, index) => ({ cc, start: 100 + 2 * index }));
    return sinceBreak({ fragments, endCC: breaks[breaks.length - 1], edge: 100 + 2 * breaks.length } as LevelDetails);
  };
  assert.deepEqual([of(7, 7, 7, 8), of(7, 8, 8, 8), of(7, 7)], [2, 6, 4]);
  assert.equal(of(), Infinity);
});
