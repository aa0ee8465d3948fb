// What the node says of its channels, reduced to what the wall shows, and the order on it.

import type { ChannelState } from '../channels';

/** A sentence in both languages, as the node has it. */
export interface Text {
  readonly en: string;
  readonly vi: string;
}

export interface Fact {
  readonly at: string;
  readonly text: Text;
}

export type Severity = 'warning' | 'critical';

export interface Incident {
  readonly id: string;
  readonly class: string;
  readonly severity: Severity;
  readonly word: string;
  readonly places: ReadonlyArray<string>;
  readonly start: string;
  readonly end: string | null;
  readonly verdict: Text;
  readonly evidence: ReadonlyArray<Fact>;
  readonly actions: ReadonlyArray<Fact>;
  readonly next: Text;
  readonly acknowledged: { readonly by: string; readonly at: string } | null;
}

export interface Input {
  readonly index: number;
  readonly url: string;
  readonly state: string;
  /** `ready`, a fault of `[channel.failover]`, or empty. */
  readonly fitness: string;
  /** How fit it is, in a sentence. */
  readonly assessment: Text;
  readonly bitrate: number;
  /** Whether pictures of it are taken. */
  readonly seen: boolean;
  /** Whether no picture comes any more; the node keeps the last. */
  readonly stale: boolean;
  /** Over 3 s; `null` where nobody listens or nothing is heard. */
  readonly lufs: number | null;
}

/** Where a channel stands on the wall; the first two in front. */
export type Rank = 'critical' | 'warning' | 'acknowledged' | 'notice' | 'good' | 'waiting' | 'stopped';

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly state: ChannelState;
  readonly since: string;
  readonly rank: Rank;
  readonly onAir: number | null;
  /** Whether the slate stands in for the programme. */
  readonly slate: boolean;
  readonly inputs: ReadonlyArray<Input>;
  /** Those that last, the one to look at first. */
  readonly lasting: ReadonlyArray<Incident>;
  /** Those that ended, the newest first. */
  readonly ended: ReadonlyArray<Incident>;
  /** What else is wrong. */
  readonly alarms: ReadonlyArray<Alarm>;
  readonly halls: Halls;
}

/** What the halls of a channel do. */
export interface Halls {
  readonly playing: number;
  /** They stand still, or show a fault. */
  readonly struck: number;
  readonly lost: number;
  /** Whose fault it is, in a sentence, while any is struck. */
  readonly verdict: Text | null;
  /** Whether many are struck at once and no incident says why. */
  readonly alone: boolean;
}

export interface Alarm {
  /** A stable word, for example `output-over-rate`. */
  readonly code: string;
  /** `input 0`, `output 1`, `hls`. */
  readonly place: string;
  /** The node's own sentence, in English. */
  readonly text: string;
}

export interface Wall {
  readonly name: string;
  readonly version: string;
  /** In the order of the wall. */
  readonly channels: ReadonlyArray<Channel>;
}

/** More is no wall: nobody sees them. */
const MOST_CHANNELS = 400;
const MOST_LINES = 24;
/** So many halls at once are not each one's line. */
const MANY_HALLS = 3;
const STALE: ReadonlyArray<string> = ['lost', 'no-picture'];
const STATES: ReadonlyArray<ChannelState> = ['stopped', 'waiting', 'on-air', 'dark', 'failed'];
const RANKS: ReadonlyArray<Rank> = ['critical', 'warning', 'acknowledged', 'notice', 'good', 'waiting', 'stopped'];

type Json = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
export const list = (value: unknown): ReadonlyArray<Json> =>
  (Array.isArray(value) ? (value as unknown[]) : []).filter(isObject).slice(0, MOST_CHANNELS);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const figure = (value: unknown): number | null => (typeof value === 'number' && isFinite(value) ? value : null);

/** Reads the body of `GET /api/v1/node`; `null` when it is no such thing. A channel without an id is skipped. */
export function wallOf(body: string): Wall | null {
  let node: unknown;
  try {
    node = JSON.parse(body);
  } catch (error) {
    return null;
  }
  if (!isObject(node) || !Array.isArray(node['channels'])) return null;
  const known: { [id: string]: true } = Object.create(null);
  const channels: Channel[] = [];
  for (const entry of list(node['channels'])) {
    const channel = channelOf(entry);
    if (channel.id === '' || known[channel.id]) continue;
    known[channel.id] = true;
    channels.push(channel);
  }
  return { name: text(node['name']), version: text(node['version']), channels: ordered(channels) };
}

/** The failing first: the worse before the milder, the newer before the older; else as configured. */
export function ordered(channels: ReadonlyArray<Channel>): Channel[] {
  const at = channels.map((channel, place) => ({ channel, place, rank: RANKS.indexOf(channel.rank), start: start(channel) }));
  at.sort((a, b) => a.rank - b.rank || (a.start < b.start ? 1 : a.start > b.start ? -1 : a.place - b.place));
  return at.map((entry) => entry.channel);
}

export const inFront = (channel: Channel): boolean => channel.rank === 'critical' || channel.rank === 'warning';

/** What stands on the tile in one line. */
export const worst = (channel: Channel): Incident | null => channel.lasting[0] || null;

/** Since when the channel is as it is. */
export function start(channel: Channel): string {
  const incident = worst(channel);
  if (incident) return incident.start;
  return channel.rank === 'critical' ? channel.since : '';
}

function channelOf(entry: Json): Channel {
  const id = text(entry['id']);
  const incidents = list(entry['incidents']).map(incidentOf);
  const state = STATES.filter((known) => known === entry['state'])[0] || 'waiting';
  const lasting = incidents.filter((incident) => incident.end === null).sort(before);
  const halls = hallsOf(entry['halls']);
  const alarms = list(entry['alarms']).slice(0, MOST_LINES).map((alarm): Alarm => ({
    code: text(alarm['code']), place: text(alarm['place']), text: text(alarm['text']),
  }));
  return {
    id,
    name: text(entry['name']) || id,
    state,
    since: text(entry['since']),
    rank: rankOf(state, lasting[0], alarms.length > 0 || halls.struck > 0, halls.alone),
    onAir: figure(entry['on_air']),
    slate: entry['slate'] === true,
    inputs: list(entry['inputs']).slice(0, MOST_LINES).map(inputOf),
    lasting,
    ended: incidents.filter((incident) => incident.end !== null),
    alarms,
    halls,
  };
}

function hallsOf(value: unknown): Halls {
  const entry = isObject(value) ? value : {};
  const count = (key: string): number => figure(entry[key]) || 0;
  const verdict = isObject(entry['verdict']) ? entry['verdict'] : null;
  const struck = count('stalled') + count('fault');
  return {
    playing: count('playing'),
    struck,
    lost: count('lost'),
    verdict: verdict ? textOf(verdict['text']) : null,
    alone: verdict !== null && verdict['whose'] === 'network' && struck >= MANY_HALLS,
  };
}

/** Unacknowledged before acknowledged, the worse before the milder, the newer before the older. */
function before(a: Incident, b: Incident): number {
  const taken = Number(a.acknowledged !== null) - Number(b.acknowledged !== null);
  const milder = Number(a.severity !== 'critical') - Number(b.severity !== 'critical');
  return taken || milder || (a.start < b.start ? 1 : a.start > b.start ? -1 : 0);
}

function rankOf(state: ChannelState, first: Incident | undefined, alarms: boolean, halls: boolean): Rank {
  if (first) return first.acknowledged ? 'acknowledged' : first.severity;
  if (state === 'failed' || state === 'dark') return 'critical';
  if (state === 'stopped') return 'stopped';
  if (halls) return 'warning';
  if (alarms) return 'notice';
  return state === 'on-air' ? 'good' : 'waiting';
}

function incidentOf(entry: Json): Incident {
  const taken = entry['acknowledged'];
  const places: ReadonlyArray<unknown> = Array.isArray(entry['places']) ? (entry['places'] as unknown[]) : [];
  return {
    id: text(entry['id']),
    class: text(entry['class']),
    severity: entry['severity'] === 'critical' ? 'critical' : 'warning',
    word: text(entry['word']),
    places: places.map(text),
    start: text(entry['start']),
    end: typeof entry['end'] === 'string' ? entry['end'] : null,
    verdict: textOf(entry['verdict']),
    evidence: list(entry['evidence']).slice(0, MOST_LINES).map(factOf),
    actions: list(entry['actions']).slice(0, MOST_LINES).map(factOf),
    next: textOf(entry['next']),
    acknowledged: isObject(taken) ? { by: text(taken['by']), at: text(taken['at']) } : null,
  };
}

export const textOf = (value: unknown): Text =>
  isObject(value) ? { en: text(value['en']), vi: text(value['vi']) } : { en: '', vi: '' };

const factOf = (entry: Json): Fact => ({ at: text(entry['at']), text: textOf(entry['text']) });

function inputOf(entry: Json, index: number): Input {
  const content = isObject(entry['content']) ? entry['content'] : null;
  const state = text(entry['state']);
  return {
    index,
    url: text(entry['url']),
    state,
    fitness: text(entry['fitness']),
    assessment: textOf(entry['assessment']),
    bitrate: figure(entry['bitrate_bits_per_second']) || 0,
    seen: content !== null,
    stale: STALE.indexOf(state) >= 0,
    lufs: content ? figure(content['short_term_lufs']) : null,
  };
}
