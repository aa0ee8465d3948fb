// What the list of a channel offers. A player reads it once; where the programme goes on with other tracks, it is read again.

import { request } from './request';

/** The list is there at once, or with the next change. */
const ANSWER_MS = 5000;

/** Whether there is a picture, and which sound tracks and subtitles: what a player at work takes up only when it is built anew. */
export function tracksOf(list: string): string {
  const renditions = list.split('\n').filter((line) => /^#EXT-X-MEDIA:TYPE=(AUDIO|SUBTITLES)/.test(line));
  const named = renditions.map((line) => (line.match(/(TYPE|URI|NAME|LANGUAGE)=("[^"]*"|[^",]*)/g) || []).join());
  return [`picture: ${hasPicture(list)}, sound: ${hasSound(list)}`].concat(named).join('\n');
}

const hasPicture = (list: string): boolean => /^#EXT-X-STREAM-INF:.*RESOLUTION=/m.test(list);
const hasSound = (list: string): boolean => /^#EXT-X-MEDIA:TYPE=AUDIO|^#EXT-X-STREAM-INF:.*CODECS="[^"]*mp4a/m.test(list);

export class Offer {
  /** There is a picture, and no sound that the player could play. */
  soundless = false;
  private tracks = '';
  private discontinuity: number | null = null;
  private asked: XMLHttpRequest | null = null;

  /** `changed` is called when the list at `url` offers something else than it did. */
  constructor(private readonly url: string, private readonly changed: () => void) {}

  /** The player plays by this list. */
  read(list: string): void {
    this.tracks = tracksOf(list);
    this.soundless = hasPicture(list) && !hasSound(list);
  }

  /** What is seen now has this number of discontinuities before it. */
  at(discontinuity: number): void {
    const crossed = this.discontinuity !== null && discontinuity !== this.discontinuity;
    this.discontinuity = discontinuity;
    if (!crossed) return;
    this.end();
    const asked = request(this.url, 'text', ANSWER_MS, () => {
      if (asked.status === 200 && tracksOf(asked.responseText) !== this.tracks) this.changed();
    });
    this.asked = asked;
  }

  end(): void {
    if (this.asked) this.asked.abort();
  }
}
