// Whether this screen shows and sounds what it plays: the clock runs on where the decoder gave up.

import type { Incoming } from './channels';

/** A key picture comes well within this; a decoder that shows none by then shows none. */
const BLIND_MS = 8000;
const DEAF_MS = 8000;

/** What the video element counts; `null` where the browser does not tell. */
export interface Counted {
  readonly frames: number | null;
  readonly soundBytes: number | null;
}

interface CountingVideo extends HTMLVideoElement {
  readonly webkitDecodedFrameCount?: number;
  readonly webkitAudioDecodedByteCount?: number;
}

export function countedBy(video: CountingVideo): Counted {
  const frames = video.getVideoPlaybackQuality ? video.getVideoPlaybackQuality().totalVideoFrames : video.webkitDecodedFrameCount;
  const sound = video.webkitAudioDecodedByteCount;
  return { frames: frames === undefined ? null : frames, soundBytes: sound === undefined ? null : sound };
}

export class Senses {
  private counted: Counted = { frames: null, soundBytes: null };
  private seenAt: number | null = null;
  private heardAt: number | null = null;

  /** `moving`: the clock of the picture runs and somebody looks; else nothing is expected. */
  push(now: number, moving: boolean, counted: Counted): void {
    const before = this.counted;
    this.counted = counted;
    if (!moving || this.seenAt === null || counted.frames === null || counted.frames !== before.frames) this.seenAt = now;
    // A browser that has never decoded a byte may not count them at all: only a sound that stops is one.
    const silent = counted.soundBytes !== null && counted.soundBytes > 0 && counted.soundBytes === before.soundBytes;
    if (!moving || this.heardAt === null || !silent) this.heardAt = now;
  }

  here(now: number): Incoming {
    if (this.seenAt !== null && now - this.seenAt > BLIND_MS) return 'no-picture';
    if (this.heardAt !== null && now - this.heardAt > DEAF_MS) return 'no-sound';
    return 'whole';
  }
}
