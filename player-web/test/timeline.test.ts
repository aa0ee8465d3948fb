import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LevelDetails } from 'hls.js';
import { at, isBefore, placeOf, timelineOf } from '../src/timeline';

const WALL = 1_700_000_000_000;
/** A window that begins at 100 s of the player's own time. */
const details = (programDateTime: number | null = WALL): LevelDetails => ({ fragments: [{ start: 100, duration: 30, programDateTime }] }) as unknown as LevelDetails;

test('the bar is the window by the wall clock, without what slides out of it', () => {
  assert.deepEqual(timelineOf(details(), 120, 126, null), { start: WALL + 2000, position: WALL + 20_000, live: WALL + 26_000, behind: true });
  assert.equal(timelineOf(details(), 123, 126, null)?.behind, false);
  assert.equal(timelineOf(details(), 90, 126, null)?.position, WALL + 2000, 'what has slid out is at the beginning');
  assert.equal(timelineOf(details(), 127, 126, null)?.position, WALL + 26_000);
});

test('the bar goes back as far as the node does', () => {
  const start = (earliest: number): number | undefined => timelineOf(details(), 120, 126, earliest)?.start;
  assert.equal(start(WALL - 3_600_000), WALL - 3_598_000);
  assert.equal(start(WALL + 60_000), WALL + 2000, 'the live window is there in any case');
});

test('there is no bar without a clock, a window or a position', () => {
  assert.equal(timelineOf(null, 1, 1, null), null);
  assert.equal(timelineOf(details(null), 120, 126, null), null);
  assert.equal(timelineOf(details(), NaN, 126, null), null);
  assert.equal(timelineOf(details(), 120, null, null), null);
  assert.equal(timelineOf(details(), 102, 103, null), null);
});

test('the bar of who waits for a time shows that time, within its ends', () => {
  const bar = { start: WALL, position: WALL + 60_000, live: WALL + 60_000, behind: false };
  assert.deepEqual(at(bar, WALL + 50_000), { ...bar, position: WALL + 50_000, behind: true });
  assert.deepEqual(at(bar, WALL - 50_000), { ...bar, position: WALL, behind: true });
  assert.deepEqual(at(bar, WALL + 90_000), bar);
});

test('a time has its place in the playlist, over a gap in which nothing was kept too', () => {
  const gap = {
    fragments: [
      { start: 100, duration: 2, programDateTime: WALL },
      { start: 102, duration: 2, programDateTime: WALL + 600_000 },
      { start: 104, duration: 2, programDateTime: WALL + 602_000 },
    ],
  } as unknown as LevelDetails;
  assert.equal(placeOf(gap, WALL + 1000, 105), 101);
  assert.equal(placeOf(gap, WALL + 300_000, 105), 102, 'in the gap: what comes after it');
  assert.equal(placeOf(gap, WALL + 601_500, 105), 103.5);
  assert.equal(placeOf(gap, WALL + 900_000, 105), 105);
  assert.equal(placeOf(gap, WALL - 5000, 105), 100);
  assert.equal(isBefore(gap, WALL + 1500), true, 'it slides out while it is fetched');
  assert.equal(isBefore(gap, WALL + 2500), false);
  assert.deepEqual(timelineOf(gap, 103.5, 105.5, null), { start: WALL + 600_000, position: WALL + 601_500, live: WALL + 603_500, behind: false });
});
