// What a viewer is told, decided from what is known. Pure: one answer for one set of facts.

import type { Channel, Incoming } from './channels';
import { atTime, soon, type Meeting } from './meetings';

/** The node as seen from here: `asking` until the first answer, `broken` when it answers with an error. */
export type Reach = 'asking' | 'up' | 'broken' | 'down';

/** What stopped the picture last, as the player saw it. `press`: the browser waits for the viewer. */
export type Trouble = 'none' | 'server' | 'device' | 'press';

export interface Playing {
  /** The picture moves. */
  readonly moving: boolean;
  /** It has moved since the channel was opened. */
  readonly moved: boolean;
  /** Since the channel was opened or the picture stopped, in ms. */
  readonly waitingMs: number;
  readonly trouble: Trouble;
  /** The sound is played alone, for the line carries no picture. */
  readonly soundAlone: boolean;
  /** The channel is opened, and offers no sound that can be played. */
  readonly soundless: boolean;
  /** The viewer chose another time, and its picture is not there yet. */
  readonly awaited: boolean;
  /** The viewer went back: what is wrong now is not what is seen. */
  readonly behind: boolean;
}

export interface Facts {
  /** The viewer stopped watching. */
  readonly left: boolean;
  readonly reach: Reach;
  /** `null` until the node has told its channels. */
  readonly channels: ReadonlyArray<Channel> | null;
  readonly channel: Channel | null;
  readonly playing: Playing;
  /** What this screen itself makes of a picture that moves. */
  readonly here: Incoming;
  /** Wall time, ms. */
  readonly now: number;
  /** The meeting on this channel that was over last, within the last hours. */
  readonly over: Meeting | null;
}

export type Kind =
  | 'opening' | 'resuming' | 'awaited' | 'notStarted' | 'waiting' | 'countdown' | 'over' | 'late' | 'line' | 'slow' | 'soundAlone' | 'source' | 'server'
  | 'failed' | 'noPicture' | 'noSound' | 'noPictureHere' | 'noSoundHere' | 'unavailable' | 'device' | 'press' | 'empty' | 'left';

/** Where it is, on the way from the source to the screen. */
export type Place = 'source' | 'server' | 'line' | 'device';

export const PLACE: { readonly [K in Kind]: Place | null } = {
  opening: null,
  resuming: null,
  awaited: null,
  notStarted: null,
  waiting: null,
  countdown: null,
  over: null,
  late: 'source',
  line: 'line',
  slow: 'line',
  soundAlone: 'line',
  source: 'source',
  server: 'server',
  failed: 'server',
  noPicture: 'source',
  noSound: 'source',
  noPictureHere: 'device',
  noSoundHere: 'device',
  unavailable: 'server',
  device: 'device',
  press: null,
  empty: null,
  left: null,
};

/** The handbook's three faults, as the node is told of them. */
export type Word = 'no-picture' | 'no-sound' | 'connection-lost';

/** Who it is: nobody yet, this hall's side, or the side that broadcasts. */
export type Who = 'not-started' | 'line' | 'source';

/** `null`: no fault, nothing to report. */
export const REPORT: { readonly [K in Kind]: { readonly word: Word; readonly who: Who } | null } = {
  opening: null,
  resuming: null,
  awaited: null,
  notStarted: null,
  waiting: null,
  countdown: null,
  over: null,
  late: { word: 'no-picture', who: 'not-started' },
  line: { word: 'connection-lost', who: 'line' },
  slow: { word: 'no-picture', who: 'line' },
  soundAlone: { word: 'no-picture', who: 'line' },
  source: { word: 'connection-lost', who: 'source' },
  server: { word: 'connection-lost', who: 'source' },
  failed: { word: 'no-picture', who: 'source' },
  noPicture: { word: 'no-picture', who: 'source' },
  noSound: { word: 'no-sound', who: 'source' },
  noPictureHere: { word: 'no-picture', who: 'line' },
  noSoundHere: { word: 'no-sound', who: 'line' },
  unavailable: { word: 'no-picture', who: 'source' },
  device: { word: 'no-picture', who: 'line' },
  press: null,
  empty: null,
  left: null,
};

/** Between two faults of one kind the picture comes and goes. */
export const BETWEEN: ReadonlyArray<Kind> = ['opening', 'resuming', 'awaited'];

/** `cover` stands in the picture's place; a strip leaves the picture to be seen. */
export interface Fault {
  readonly kind: Kind;
  readonly cover: boolean;
}

/** No fault: the meeting has not begun, is over, or nobody watches. A fault that comes then begins then. */
export const isMeanwhile = ({ kind }: Fault): boolean => REPORT[kind] === null && BETWEEN.indexOf(kind) < 0;

/** A server that starts again is back within this; until then it is not worth a word. */
const SERVER_GRACE_MS = 6000;
/** A line that carries the channel opens it well within this. */
const SLOW_MS = 15000;
/** The node makes the first segments within this. */
export const FIRST_SEGMENTS_S = 10;

/** What is wrong now; `null` when the picture is there and nothing is. */
export function diagnose(facts: Facts): Fault | null {
  if (facts.left) return { kind: 'left', cover: true };
  const { channel, playing } = facts;
  const slate = facts.reach === 'up' && channel !== null && channel.slate && !playing.behind;
  if (!playing.moving || slate) return { kind: whyDark(facts), cover: true };
  if (facts.reach === 'down') return { kind: 'line', cover: false };
  const incoming = channel && !playing.behind ? channel.incoming : 'whole';
  if (incoming === 'no-picture') return { kind: 'noPicture', cover: true };
  if (playing.soundAlone) return { kind: 'soundAlone', cover: true };
  if (facts.here === 'no-picture') return { kind: 'noPictureHere', cover: true };
  if (incoming === 'no-sound' || playing.soundless) return { kind: 'noSound', cover: false };
  if (facts.here === 'no-sound') return { kind: 'noSoundHere', cover: false };
  return null;
}

function whyDark(facts: Facts): Kind {
  const { reach, channels, channel, playing } = facts;
  if (reach === 'down') return 'line';
  if (reach === 'broken') return 'server';
  if (!channels) return 'opening';
  if (!channel) return 'empty';
  return whyOffAir(channel, facts) || whyNotPlaying(playing);
}

/** Where nothing comes: what the schedule says, unless a meeting is on that should be seen. */
function whyNothing(channel: Channel, { now, over }: Facts): Kind | null {
  const planned = atTime(channel.planned, now);
  if (planned.now) return channel.state === 'dark' && channel.begun ? 'source' : 'late';
  const next = soon(planned, now);
  if (over && (!next || now - over.end < next.start - now)) return 'over';
  return next ? 'countdown' : null;
}

function whyOffAir(channel: Channel, facts: Facts): Kind | null {
  switch (channel.state) {
    case 'stopped':
      return whyNothing(channel, facts) || 'notStarted';
    case 'waiting':
      return whyNothing(channel, facts) || 'waiting';
    case 'dark':
      // Before anything came the slate alone is there: no signal was lost.
      return whyNothing(channel, facts) || (channel.begun ? 'source' : 'waiting');
    case 'failed':
      return 'failed';
    case 'on-air':
      break;
  }
  if (channel.hls === 'none') return 'unavailable';
  if (channel.hls === 'ready') return null;
  return channel.stateSeconds > FIRST_SEGMENTS_S ? 'unavailable' : 'opening';
}

function whyNotPlaying(playing: Playing): Kind {
  if (playing.trouble === 'device' || playing.trouble === 'press') return playing.trouble;
  if (playing.trouble === 'server' && playing.waitingMs > SERVER_GRACE_MS) return 'server';
  if (playing.waitingMs > SLOW_MS) return 'slow';
  if (playing.awaited) return 'awaited';
  return playing.moved ? 'resuming' : 'opening';
}
