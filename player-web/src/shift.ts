// Where in time the viewer chose to be, until the player is there.

import type { LevelDetails } from 'hls.js';
import { at, isBefore, placeOf, type Timeline } from './timeline';

/** How the player gets to what was asked for: within its playlist, or by another one. */
export type Way = { readonly seek: number } | 'open';

export class Shift {
  /** What the playlist begins with, Unix seconds; `null` is the live one. */
  from: number | null = null;
  /** The picture that the viewer chose is not there yet. */
  awaited = false;
  /** Wall time in ms that was asked for, until its picture is there. */
  private asked: number | null = null;
  /** The player is on its way to it. */
  private sent = false;
  private last: Timeline | null = null;

  /** The bar at what is seen, or at what was asked for as long as that is not; without a playlist as it was last. */
  timeline(seen: Timeline | null): Timeline | null {
    if (seen) this.last = seen;
    const { asked, last } = this;
    if (!last || (seen && asked === null && !this.awaited)) return seen;
    return at(last, asked === null ? last.live : asked);
  }

  /** The viewer chooses `wall`. A step goes on from the one before, though that is not shown yet. */
  ask(wall: number): void {
    this.asked = this.last ? at(this.last, wall).position : wall;
    this.sent = false;
    this.awaited = true;
  }

  /** The player is built anew, and goes on at `wall`. */
  stay(wall: number): void {
    this.asked = wall;
    this.sent = false;
    this.open();
  }

  /** The next playlist begins with what was asked for. */
  open(): void {
    if (this.asked !== null) this.from = secondOf(this.asked);
  }

  /** The viewer chooses live. */
  live(): void {
    this.asked = null;
    this.from = null;
    this.awaited = true;
  }

  /** What to do now, with this playlist and its live point; `null`: nothing. */
  way(details: LevelDetails, live: number, earliest: number | null): Way | null {
    const { asked } = this;
    if (asked === null || this.sent) return null;
    // A playlist that begins later than it was asked to has nothing earlier.
    const further = isBefore(details, asked) && earliest !== null && secondOf(asked) !== this.from;
    return further ? 'open' : { seek: placeOf(details, asked, live) };
  }

  /** The player is on its way to the last place asked for. */
  went(): void {
    this.sent = true;
  }

  /** A picture is there. */
  seen(): void {
    if (this.asked !== null && !this.sent) return;
    this.asked = null;
    this.awaited = false;
  }
}

const secondOf = (wall: number): number => Math.floor(wall / 1000);
