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
/** What is good needs no more than this, or than half of a wide wall. */
const BEHIND_MOST = 640;

/** What is good is smaller than what fails. */
const BESIDE = 0.7;

const rows = (count: number, columns: number): number => Math.ceil(count / columns);

const height = (count: number, columns: number, one: number): number =>
  count === 0 ? 0 : rows(count, columns) * (one + GAP);

/** The largest tiles with which `front` and `behind` tiles fit into `width` by `tall`; a width in front counts twice. */
export function fit(front: number, behind: number, width: number, tall: number): Fit {
  const most = Math.max(BEHIND_MOST, Math.floor(width / 2));
  let best: Fit | null = null;
  let highest = 0;
  for (const before of columns(width, FRONT_LEAST)) {
    for (const after of columns(width, BEHIND_LEAST)) {
      const wide = Math.min(share(width, after), most);
      const left = tall - height(behind, after, behindHeight(wide));
      const frontWidth = Math.min(share(width, before), front === 0 ? width : Math.floor((left / rows(front, before) - GAP) / FRONT_RATIO));
      if (left < 0 || frontWidth < FRONT_LEAST) continue;
      const behindWidth = front === 0 ? wide : Math.min(wide, Math.floor(frontWidth * BESIDE));
      const worth = frontWidth * frontWidth * behindWidth;
      if (worth <= highest) continue;
      highest = worth;
      best = { front: before, frontWidth, behind: after, behindWidth };
    }
  }
  if (best) return best;
  const before = Math.max(1, Math.floor(width / (FRONT_LEAST + GAP)));
  const after = Math.max(1, Math.floor(width / (BEHIND_LEAST + GAP)));
  return { front: before, frontWidth: share(width, before), behind: after, behindWidth: Math.min(share(width, after), most) };
}

const share = (width: number, columns: number): number => Math.floor((width - GAP * (columns - 1)) / columns);

/** One beside each other, and as many more as are `least` wide: also more than there are tiles, which are lower then. */
function columns(width: number, least: number): number[] {
  const all = [1];
  while (share(width, all.length + 1) >= least) all.push(all.length + 1);
  return all;
}
