import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LevelDetails } from 'hls.js';
import { Shift } from '../src/shift';
import { timelineOf, type Timeline } from '../src/timeline';

const WALL = 1_700_000_000_000;
const EARLIEST = WALL - 3_600_000;
/** The live window begins at `WALL` and has 20 s. */
const LIVE = 14;
const playlist = (from: number): LevelDetails => ({ fragments: [{ start: 0, duration: 3600, programDateTime: from }] }) as unknown as LevelDetails;

/** Looks at the bar as the page does with each paint. */
function seen(shift: Shift, details: LevelDetails | null, position: number, live = LIVE): Timeline {
  const shown = shift.timeline(timelineOf(details, position, live, EARLIEST));
  assert.ok(shown);
  return shown;
}

function press(shift: Shift, details: LevelDetails | null, position: number, by: number): void {
  shift.ask(seen(shift, details, position).position + by * 1000);
}

test('three quick presses go back three steps, though no playlist is there yet', () => {
  const shift = new Shift();
  for (const pressed of [1, 2, 3]) {
    press(shift, pressed === 1 ? playlist(WALL) : null, LIVE, -10);
    assert.equal(seen(shift, null, 0).position, WALL + LIVE * 1000 - pressed * 10_000, 'the bar shows it at once');
  }
  assert.equal(shift.awaited, true);
  assert.equal(shift.way(playlist(WALL), LIVE, EARLIEST), 'open');
  shift.open();
  const from = WALL - 16_000;
  assert.equal(shift.from, from / 1000);
  assert.deepEqual(shift.way(playlist(from), 30, EARLIEST), { seek: 0 });
});

test('a press while the playlist is opened counts, back to another playlist and forward within it', () => {
  const shift = new Shift();
  seen(shift, playlist(WALL), LIVE);
  shift.ask(WALL - 60_000);
  shift.open();
  press(shift, null, 0, 10);
  assert.deepEqual(shift.way(playlist(WALL - 60_000), 74, EARLIEST), { seek: 10 });
  press(shift, null, 0, -10);
  press(shift, null, 0, -10);
  assert.equal(shift.way(playlist(WALL - 60_000), 74, EARLIEST), 'open');
  shift.open();
  assert.equal(shift.from, (WALL - 70_000) / 1000);
});

test('within the playlist the player goes there at once, and then the bar shows what is seen', () => {
  const shift = new Shift();
  press(shift, playlist(WALL), LIVE, -10);
  assert.deepEqual(shift.way(playlist(WALL), LIVE, EARLIEST), { seek: 4 });
  shift.seen();
  assert.equal(shift.awaited, true, 'the picture of before is not it');
  shift.went();
  assert.equal(shift.way(playlist(WALL), LIVE, EARLIEST), null);
  assert.equal(seen(shift, playlist(WALL), 0).position, WALL + 4000, 'as long as no picture is there');
  shift.seen();
  assert.equal(shift.awaited, false);
  assert.equal(seen(shift, playlist(WALL), 5).position, WALL + 5000);
});

test('a press right after live goes back from live, though the player stands at the begin of its playlist', () => {
  const shift = new Shift();
  seen(shift, playlist(WALL - 60_000), 0, 74);
  shift.live();
  press(shift, playlist(WALL), 0, -10);
  press(shift, playlist(WALL), 0, -10);
  assert.equal(seen(shift, playlist(WALL), 0).position, WALL + LIVE * 1000 - 20_000);
});

test('nobody goes further back than the node keeps, nor on beyond live', () => {
  const shift = new Shift();
  press(shift, playlist(WALL), LIVE, -7200);
  press(shift, null, 0, 10);
  assert.equal(seen(shift, null, 0).position, EARLIEST + 12_000);
  shift.ask(EARLIEST);
  shift.open();
  assert.deepEqual(shift.way(playlist(EARLIEST + 5000), 3600, EARLIEST), { seek: 0 }, 'a later begin is all that there is');
  shift.went();
  shift.seen();
  press(shift, playlist(WALL), LIVE, 20);
  assert.deepEqual(shift.way(playlist(WALL), LIVE, EARLIEST), { seek: LIVE });
  const without = new Shift();
  press(without, playlist(WALL), LIVE, -10);
  assert.deepEqual(without.way(playlist(WALL + 8000), LIVE, null), { seek: 0 }, 'without an archive the window is all');
});

test('on the way back to live the bar stays, and a press counts from live', () => {
  const shift = new Shift();
  seen(shift, playlist(WALL), LIVE);
  shift.ask(WALL - 60_000);
  shift.open();
  shift.live();
  assert.equal(shift.from, null);
  assert.deepEqual(seen(shift, null, 0), { start: EARLIEST + 2000, position: WALL + LIVE * 1000, live: WALL + LIVE * 1000, behind: false });
  press(shift, null, 0, -10);
  assert.deepEqual(shift.way(playlist(WALL), LIVE, EARLIEST), { seek: 4 });
});

test('a player built anew goes on where it was', () => {
  const shift = new Shift();
  seen(shift, playlist(WALL), LIVE);
  shift.stay(WALL - 30_500);
  assert.equal(shift.from, (WALL - 31_000) / 1000);
  assert.equal(shift.awaited, false, 'the viewer did not choose that');
  assert.deepEqual(shift.way(playlist(WALL - 31_000), 45, EARLIEST), { seek: 0.5 });
});
