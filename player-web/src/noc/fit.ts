// How large the tiles are, so that all are seen at once: nobody scrolls a wall.

export interface Fit {
  /** Tiles beside each other in front, and how wide one is, in pixels. */
  readonly front: number;
  readonly frontWidth: number;
  /** The same behind. */
  readonly behind: number;
  readonly behindWidth: number;
}

/** Height of a tile for its width. In front the picture has half of it, with words beside it. */
export const FRONT_RATIO = 0.36;
/** A picture of 16:9 with two lines of words below, in the smallest type that is read and growing with the tile. */
export const behindHeight = (width: number): number => Math.ceil(width * 0.5625 + 20 + width * 0.085);
/** Between two tiles, and between front and behind. */
export const GAP = 10;
/** Narrower words cannot be read; then the wall scrolls after all. */
const FRONT_LEAST = 260;
const BEHIND_LEAST = 104;
/** A larger tile says nothing more. */
const FRONT_MOST = 1900;
const BEHIND_MOST = 640;

/** What is good is smaller than what fails. */
const BESIDE = 0.7;

const rows = (count: number, columns: number): number => Math.ceil(count / columns);

const height = (count: number, columns: number, one: number): number =>
  count === 0 ? 0 : rows(count, columns) * (one + GAP);

/** The largest tiles with which `front` and `behind` tiles fit into `width` by `tall`; those in front count four times. */
export function fit(front: number, behind: number, width: number, tall: number): Fit {
  let best: Fit | null = null;
  let highest = -1;
  for (const before of columns(front, width, FRONT_LEAST)) {
    const frontWidth = Math.min(share(width, before), FRONT_MOST);
    const left = tall - height(front, before, frontWidth * FRONT_RATIO);
    for (const after of columns(behind, width, BEHIND_LEAST)) {
      const most = front > 0 ? frontWidth * BESIDE : BEHIND_MOST;
      const behindWidth = Math.floor(Math.min(share(width, after), BEHIND_MOST, most));
      if (height(behind, after, behindHeight(behindWidth)) > left) continue;
      const worth = (front > 0 ? 4 * frontWidth : 0) + (behind > 0 ? behindWidth : 0);
      if (worth <= highest) continue;
      highest = worth;
      best = { front: before, frontWidth, behind: after, behindWidth };
    }
  }
  if (best) return best;
  const before = Math.max(1, Math.floor(width / (FRONT_LEAST + GAP)));
  const after = Math.max(1, Math.floor(width / (BEHIND_LEAST + GAP)));
  return {
    front: before,
    frontWidth: Math.min(share(width, before), FRONT_MOST),
    behind: after,
    behindWidth: Math.min(share(width, after), BEHIND_MOST),
  };
}

const share = (width: number, columns: number): number => Math.floor((width - GAP * (columns - 1)) / columns);

function columns(count: number, width: number, least: number): number[] {
  const all: number[] = [];
  for (let n = 1; n === 1 || (n <= count && share(width, n) >= least); n += 1) all.push(n);
  return all;
}
