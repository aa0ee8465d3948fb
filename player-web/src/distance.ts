// How far behind the end of a playlist without parts the page of a computer stays.

import type { LevelDetails } from 'hls.js';

/** Three segments, as players do (RFC 8216, 6.3.3); nearer, each segment has to come quickly. About a second more passes until its pictures are seen. */
export const USUAL = 3;
const NEARER = 2;
/** What comes within this part of its own length comes quickly. */
const QUICK = 0.25;
/** So many in a row say that the line brings them so. */
const SURE = 10;
/** So many more after a picture that stood: minutes. */
const STOOD = 150;

export class Distance {
  /** Segments in a row that came quickly; less than 0 as long as a stall is not forgotten. */
  private quick = 0;

  /** A segment of `seconds` was fetched within `ms`. */
  fetched(ms: number, seconds: number): void {
    const quick = ms < QUICK * seconds * 1000;
    this.quick = quick ? this.quick + 1 : Math.min(this.quick, 0);
  }

  /** The picture stood, for its next segment was not there. */
  stood(): void {
    this.quick = -STOOD;
  }

  /** In segments. */
  segments(): number {
    return this.quick >= SURE ? NEARER : USUAL;
  }
}

/** From the last discontinuity to the end, in s. */
export function sinceBreak({ fragments, endCC, edge }: Pick<LevelDetails, 'fragments' | 'endCC' | 'edge'>): number {
  const first = fragments.filter(({ cc }) => cc === endCC)[0];
  return first ? edge - first.start : Infinity;
}
