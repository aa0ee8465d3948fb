// What the node says of its channels, reduced to what a viewer needs, and the choice among them.

import { isObject, textOf, type Json } from './json';
import { plannedOf, type Planned } from './meetings';

/** `ChannelState` of the node's API. */
export type ChannelState = 'stopped' | 'waiting' | 'on-air' | 'dark' | 'failed';

/** What comes from the input on air, where the node knows. */
export type Incoming = 'whole' | 'no-picture' | 'no-sound';

export interface Channel {
  readonly id: string;
  readonly name: string;
  /** Who broadcasts: channels of one group stand together. */
  readonly group: string;
  /** What the number keys select: the node's own, else the place in the list, from 1. */
  readonly number: number;
  readonly state: ChannelState;
  /** In this state for so many seconds. */
  readonly stateSeconds: number;
  /** `none`: the channel has no HLS. `unavailable`: it has, and cannot give a playlist now. */
  readonly hls: 'none' | 'unavailable' | 'ready';
  readonly incoming: Incoming;
  /** Something has come from a source since the channel was started. */
  readonly begun: boolean;
  /** The slate stands in for the programme. */
  readonly slate: boolean;
  /** It is being recorded, and who watches is told. */
  readonly recording: boolean;
  /** The first that can be seen again, wall time in ms; `null` where no more than the live window can. */
  readonly earliest: number | null;
  readonly planned: Planned;
}

/** Whom a hall calls. */
export interface Help {
  readonly phone: string | null;
  readonly name: string | null;
}

export interface NodeNow {
  readonly channels: Channel[];
  readonly help: Help;
}

/** A list longer than this is cut: no television scrolls further. */
const MOST_CHANNELS = 999;

const STATES: ReadonlyArray<ChannelState> = ['stopped', 'waiting', 'on-air', 'dark', 'failed'];

/** Reads the body of `GET /api/v1/node`; `null` when it is no such thing. A channel without an id is skipped. */
export function nodeOf(body: string): NodeNow | null {
  let node: unknown;
  try {
    node = JSON.parse(body);
  } catch (error) {
    return null;
  }
  if (!isObject(node) || !Array.isArray(node['channels'])) return null;
  const channels: Channel[] = [];
  for (const entry of (node['channels'] as unknown[]).slice(0, MOST_CHANNELS)) {
    const channel = channelOf(entry, channels.length + 1);
    if (channel && !find(channels, channel.id)) channels.push(channel);
  }
  const help = isObject(node['help']) ? node['help'] : {};
  return { channels, help: { phone: textOf(help['phone']), name: textOf(help['name']) } };
}

function channelOf(entry: unknown, place: number): Channel | null {
  if (!isObject(entry) || typeof entry['id'] !== 'string' || entry['id'] === '') return null;
  const id = entry['id'];
  const state = STATES.filter((known) => known === entry['state'])[0];
  const seconds = entry['state_seconds'];
  return {
    id,
    name: textOf(entry['name']) || id,
    group: textOf(entry['group']) || '',
    number: numberOf(entry['number']) || place,
    state: state || 'waiting',
    stateSeconds: typeof seconds === 'number' ? seconds : 0,
    hls: hlsOf(entry['hls']),
    incoming: incomingOf(entry),
    begun: begunOf(entry['inputs']),
    slate: entry['slate'] === true,
    recording: entry['recording'] === true,
    earliest: earliestOf(entry['hls']),
    planned: plannedOf(entry['meetings']),
  };
}

const numberOf = (number: unknown): number | null => (typeof number === 'number' && number > 0 ? number : null);

function hlsOf(hls: unknown): Channel['hls'] {
  if (!isObject(hls)) return 'none';
  return typeof hls['unavailable'] === 'string' ? 'unavailable' : 'ready';
}

function earliestOf(hls: unknown): number | null {
  const shift = isObject(hls) ? hls['shift'] : null;
  const seconds = isObject(shift) ? shift['earliest_unix_seconds'] : null;
  return typeof seconds === 'number' ? seconds * 1000 : null;
}

function incomingOf(entry: Json): Incoming {
  const inputs = entry['inputs'];
  const onAir = entry['on_air'];
  if (!Array.isArray(inputs) || typeof onAir !== 'number') return 'whole';
  const input: unknown = inputs[onAir];
  const state = isObject(input) ? input['state'] : null;
  return state === 'no-picture' || state === 'no-sound' ? state : struckBy(entry['incidents'], `input ${onAir}`);
}

function begunOf(inputs: unknown): boolean {
  return Array.isArray(inputs) && (inputs as unknown[]).some((input) => isObject(input) && input['state'] !== 'waiting');
}

/** What looking at the decoded picture and sound has shown: black, frozen, mute. */
function struckBy(incidents: unknown, subject: string): Incoming {
  if (!Array.isArray(incidents)) return 'whole';
  const words = (incidents as unknown[])
    .filter(isObject)
    .filter((incident) => incident['end'] === null && incident['severity'] === 'critical' && incident['subject'] === subject)
    .map((incident) => incident['word']);
  if (words.indexOf('no-picture') >= 0) return 'no-picture';
  return words.indexOf('no-sound') >= 0 ? 'no-sound' : 'whole';
}

/** The channels by group, the groups in the order of their first channel. */
export function grouped(channels: ReadonlyArray<Channel>): ReadonlyArray<{ readonly name: string; readonly channels: ReadonlyArray<Channel> }> {
  const names = channels.map((channel) => channel.group).filter((name, index, all) => all.indexOf(name) === index);
  return names.map((name) => ({ name, channels: channels.filter((channel) => channel.group === name) }));
}

export function find(channels: ReadonlyArray<Channel>, id: string | null): Channel | null {
  return channels.filter((channel) => channel.id === id)[0] || null;
}

/** What to show first: the one asked for, the one watched last, the first that is on air, the first. */
export function first(channels: ReadonlyArray<Channel>, asked: string | null, last: string | null): Channel | null {
  const onAir = channels.filter((channel) => channel.state === 'on-air' && channel.hls !== 'none')[0];
  return find(channels, asked) || find(channels, last) || onAir || channels[0] || null;
}

/** The channel `step` places on, round the end; the first where `id` is gone. */
export function step(channels: ReadonlyArray<Channel>, id: string | null, by: 1 | -1): Channel | null {
  const here = find(channels, id);
  if (!here) return channels[0] || null;
  const count = channels.length;
  return channels[(channels.indexOf(here) + by + count) % count] || null;
}
