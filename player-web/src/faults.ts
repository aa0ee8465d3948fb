// What a viewer is told, decided from what is known. Pure: one answer for one set of facts.

import type { Channel } from './channels';

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
}

export interface Facts {
  /** The viewer stopped watching. */
  readonly left: boolean;
  readonly reach: Reach;
  /** `null` until the node has told its channels. */
  readonly channels: ReadonlyArray<Channel> | null;
  readonly channel: Channel | null;
  readonly playing: Playing;
}

export type Kind =
  | 'opening' | 'resuming' | 'notStarted' | 'waiting' | 'line' | 'slow' | 'source' | 'server'
  | 'failed' | 'noPicture' | 'noSound' | 'unavailable' | 'device' | 'press' | 'empty' | 'left';

/** Where it is, on the way from the source to the screen. */
export type Place = 'source' | 'server' | 'line' | 'device';

export const PLACE: { readonly [K in Kind]: Place | null } = {
  opening: null,
  resuming: null,
  notStarted: null,
  waiting: null,
  line: 'line',
  slow: 'line',
  source: 'source',
  server: 'server',
  failed: 'server',
  noPicture: 'source',
  noSound: 'source',
  unavailable: 'server',
  device: 'device',
  press: null,
  empty: null,
  left: null,
};

/** `cover` stands in the picture's place; a strip leaves the picture to be seen. */
export interface Fault {
  readonly kind: Kind;
  readonly cover: boolean;
}

/** A server that starts again is back within this; until then it is not worth a word. */
const SERVER_GRACE_MS = 6000;
/** A line that carries the channel opens it well within this. */
const SLOW_MS = 15000;
/** The node makes the first segments within this. */
const FIRST_SEGMENTS_S = 10;

/** What is wrong now; `null` when the picture is there and nothing is. */
export function diagnose(facts: Facts): Fault | null {
  if (facts.left) return { kind: 'left', cover: true };
  if (!facts.playing.moving) return { kind: whyDark(facts), cover: true };
  if (facts.reach === 'down') return { kind: 'line', cover: false };
  const incoming = facts.channel ? facts.channel.incoming : 'whole';
  if (incoming === 'no-picture') return { kind: 'noPicture', cover: true };
  if (incoming === 'no-sound') return { kind: 'noSound', cover: false };
  return null;
}

function whyDark({ reach, channels, channel, playing }: Facts): Kind {
  if (reach === 'down') return 'line';
  if (reach === 'broken') return 'server';
  if (!channels) return 'opening';
  if (!channel) return 'empty';
  return whyOffAir(channel) || whyNotPlaying(playing);
}

function whyOffAir(channel: Channel): Kind | null {
  switch (channel.state) {
    case 'stopped':
      return 'notStarted';
    case 'waiting':
      return 'waiting';
    case 'dark':
      return 'source';
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
  return playing.moved ? 'resuming' : 'opening';
}
