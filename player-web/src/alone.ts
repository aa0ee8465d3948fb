// The sound alone, for a line that carries no picture: when it is time for it, and when the line carries more again.

/** hls.js takes no variant without a picture beside others that have one, so the page does. */
export interface Ladder {
  /** The playlist of the sound alone. */
  readonly sound: string;
  /** That of the smallest picture. */
  readonly picture: string;
  /** What the smallest picture needs, bit/s. */
  readonly bits: number;
}

interface Variant {
  readonly url: string;
  readonly bitrate: number;
  readonly height?: number | undefined;
  readonly videoCodec?: string | undefined;
}

/** The smallest picture stood so much longer than it should: the line does not carry it. */
const STARVED_MS = 10000;
/** What moves so many times as long makes good for what stood: one time in five is too often. */
const MADE_GOOD = 4;
/** From one look to the next no more counts. */
const LOOK_MS = 1000;
/** From one trial of the line to the next, and the most, after trials that were wrong. */
const FIRST_MS = 15000;
const LAST_MS = 120000;
/** A picture that was there for so long was no wrong trial. */
const KEPT_MS = 60000;
/** Seconds of sound in hand before a trial, which takes 2 s at most: nobody hears it. */
const IN_HAND_S = 3;
/** A line that carries the picture so many times carries it. */
const ENOUGH = 1.5;

/** `null` where no sound stands alone, or no picture is beside it. */
export function ladderOf(variants: ReadonlyArray<Variant>): Ladder | null {
  const pictured = ({ height, videoCodec }: Variant): boolean => Boolean(height || videoCodec);
  const sound = variants.filter((variant) => !pictured(variant))[0];
  const picture = variants.filter(pictured).sort((a, b) => a.bitrate - b.bitrate)[0];
  return sound && picture ? { sound: live(sound.url), picture: live(picture.url), bits: picture.bitrate } : null;
}

/** Playlists of time shift name each other with where they begin. */
const live = (url: string): string => url.replace(/\?from=\d+$/, '');

/** The address of the newest segment in a playlist that is no gap. */
export function newest(playlist: string, url: string): string | null {
  let [found, gap]: [string | null, boolean] = [null, false];
  for (const line of playlist.split(/\r?\n/)) {
    if (line === '#EXT-X-GAP') gap = true;
    if (line === '' || line[0] === '#') continue;
    if (!gap) found = new URL(line, url).href;
    gap = false;
  }
  return found;
}

/** Whether a line of `rate` bit/s carries the smallest picture. */
export const carries = ({ bits }: Ladder, rate: number): boolean => rate >= bits * ENOUGH;

export class Alone {
  /** The sound is played alone. */
  on = false;
  private at = 0;
  private wait = FIRST_MS;
  private looked = 0;
  private position = -1;
  private stood = 0;

  /** Whether the smallest picture, which is at `position` now, is to be given up. */
  starves(now: number, position: number): boolean {
    const span = Math.min(now - this.looked, LOOK_MS);
    this.stood = Math.max(this.stood + (position === this.position ? span : -span / MADE_GOOD), 0);
    this.looked = now;
    this.position = position;
    return !this.on && this.stood > STARVED_MS;
  }

  begin(now: number): void {
    this.stood = 0;
    const wrong = this.at > 0 && now - this.at < KEPT_MS;
    this.wait = wrong ? Math.min(this.wait * 2, LAST_MS) : FIRST_MS;
    this.on = true;
    this.at = now;
  }

  end(now: number): void {
    this.stood = 0;
    this.on = false;
    this.at = now;
  }

  /** Whether the line is tried now, with so many seconds of sound in hand. */
  tries(now: number, inHand: number): boolean {
    if (!this.on || now - this.at < this.wait || inHand < IN_HAND_S) return false;
    this.at = now;
    return true;
  }
}
