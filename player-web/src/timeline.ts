// How far back the live window goes, by the wall clock. A longer window makes the same bar longer.

import type { LevelDetails } from 'hls.js';

export interface Timeline {
  /** Wall times in ms: what can be seen again, what is seen, and the live edge as the player holds it. */
  readonly start: number;
  readonly position: number;
  readonly live: number;
  /** Seen later than live by more than the player itself keeps back. */
  readonly behind: boolean;
}

/** What slides out of the window while it is fetched, s. */
const MARGIN_S = 2;
/** Further behind than the live point is not live any more, s. */
export const BEHIND_S = 4;

type Fragments = LevelDetails['fragments'];

const dateOf = ({ programDateTime }: Fragments[number]): number => programDateTime || 0;

/** `earliest`: what the node can show again, wall time in ms. `null` without a wall clock in the playlist, or where nothing can be seen again. */
export function timelineOf(details: LevelDetails | null, position: number, live: number | null, earliest: number | null): Timeline | null {
  const first = details && details.fragments[0];
  if (!details || !first || live === null || first.programDateTime === null || isNaN(position)) return null;
  const wall = (at: number): number => wallAt(details, at);
  const start = Math.min(first.start + MARGIN_S, live);
  const from = earliest === null ? wall(start) : Math.min(wall(start), earliest + MARGIN_S * 1000);
  if (wall(live) - from < MARGIN_S * 1000) return null;
  return { start: from, position: wall(Math.min(Math.max(position, start), live)), live: wall(live), behind: live - position > BEHIND_S };
}

/** The same bar for who sees `wall`, within its ends. */
export function at(timeline: Timeline, wall: number): Timeline {
  const { start, live } = timeline;
  const position = Math.min(Math.max(wall, start), live);
  return { start, position, live, behind: live - position > BEHIND_S * 1000 };
}

/** Whether `wall` is older than what the playlist surely still has when it is asked for. */
export function isBefore({ fragments: [first] }: LevelDetails, wall: number): boolean {
  return first !== undefined && wall < dateOf(first) + MARGIN_S * 1000;
}

/** Where `wall` is in the player's own time, or what is nearest to it. */
export function placeOf({ fragments }: LevelDetails, wall: number, live: number): number {
  const found = lastThat(fragments, (each) => dateOf(each) <= wall);
  if (!found) return live;
  // Where nothing was kept for a while, the next that was.
  const into = Math.min(Math.max((wall - dateOf(found)) / 1000, 0), found.duration);
  return Math.min(found.start + into, live);
}

function wallAt({ fragments }: LevelDetails, place: number): number {
  const found = lastThat(fragments, ({ start }) => start <= place);
  return found ? dateOf(found) + (place - found.start) * 1000 : 0;
}

/** The first, where none `holds`. */
function lastThat(fragments: Fragments, holds: (fragment: Fragments[number]) => boolean): Fragments[number] | undefined {
  let index = fragments.length - 1;
  while (index > 0 && !holds(fragments[index] as Fragments[number])) index -= 1;
  return fragments[Math.max(index, 0)];
}
