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
const BEHIND_S = 4;

/** `earliest`: what the node can show again, wall time in ms. `null` without a wall clock in the playlist, or where nothing can be seen again. */
export function timelineOf(details: LevelDetails | null, position: number, live: number | null, earliest: number | null): Timeline | null {
  const first = details && details.fragments[0];
  if (!first || live === null || first.programDateTime === null || isNaN(position)) return null;
  const wall = (at: number): number => (first.programDateTime || 0) + (at - first.start) * 1000;
  const start = Math.min(first.start + MARGIN_S, live);
  const from = earliest === null ? wall(start) : Math.min(wall(start), earliest + MARGIN_S * 1000);
  if (wall(live) - from < MARGIN_S * 1000) return null;
  return { start: from, position: wall(Math.min(Math.max(position, start), live)), live: wall(live), behind: live - position > BEHIND_S };
}

/** Where a step of `by` seconds from `position` ends, in the player's own time. */
export function stepped(details: LevelDetails, position: number, live: number, by: number): number {
  const first = details.fragments[0];
  const start = Math.min((first ? first.start : live) + MARGIN_S, live);
  return Math.min(Math.max(position + by, start), live);
}
