import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LevelDetails } from 'hls.js';
import { stepped, timelineOf } from '../src/timeline';

const WALL = 1_700_000_000_000;
/** A window that begins at 100 s of the player's own time. */
const details = (programDateTime: number | null = WALL): LevelDetails => ({ fragments: [{ start: 100, programDateTime }] }) as unknown as LevelDetails;

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

test('steps end at the ends of the window', () => {
  assert.equal(stepped(details(), 120, 126, -10), 110);
  assert.equal(stepped(details(), 110, 126, -10), 102);
  assert.equal(stepped(details(), 120, 126, 10), 126);
});
