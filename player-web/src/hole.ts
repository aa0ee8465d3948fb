// A hole in what is buffered that the player does not cross by itself.

type Ranges = Pick<TimeRanges, 'length' | 'start' | 'end'>;

/** What is less before the hole is too little to be played, in s. */
const TOO_LITTLE_S = 0.5;
/** Behind a longer one something else is shown, in s. */
const LONGEST_S = 6;
/** So far into what is behind it a browser begins for sure, in s. */
const INTO_S = 0.05;

/** Where a picture that stands at `position` goes on; `null` where it stands before no hole. */
export function behindHole(buffered: Ranges, position: number): number | null {
  for (let range = 0; range < buffered.length; range += 1) {
    const [start, end] = [buffered.start(range), buffered.end(range)];
    if (start > position) return start - position < LONGEST_S ? start + INTO_S : null;
    if (end - position > TOO_LITTLE_S) return null;
  }
  return null;
}
