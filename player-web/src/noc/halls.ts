// The halls of the channel that is open, and a report by its code: asked for when they are looked at.

import { isObject, list, text, textOf, figure, type Text } from './wall';

export interface Hall {
  readonly session: string;
  readonly name: string;
  readonly state: string;
  readonly seconds: number;
  readonly silent: number;
  readonly buffer: number | null;
  readonly bitrate: number | null;
  readonly throughput: number | null;
  readonly stalls: number;
  readonly stood: number;
  readonly fault: string;
  readonly says: string;
  readonly code: string;
  readonly verdict: Text | null;
}

/** What a code stands for. */
export interface Report {
  readonly code: string;
  readonly channel: string;
  readonly at: string;
  readonly hall: Hall;
  readonly verdict: Text;
  readonly next: Text;
  readonly incidents: ReadonlyArray<{ readonly id: string; readonly start: string; readonly verdict: Text }>;
}

const ANSWER_MS = 4000;
const EVERY_MS = 2000;
/** More are not read on a wall; the API has them. */
const MOST = 12;

/** The worst halls of one channel. */
export class Halls {
  shown: ReadonlyArray<Hall> = [];
  total = 0;
  private channel = '';
  private request: XMLHttpRequest | null = null;
  private askAt = 0;

  constructor(private readonly base: string, private readonly news: () => void) {}

  /** Called a few times a second; `null` while no channel is open. */
  tick(channel: string | null, now: number): void {
    if (channel !== this.channel) {
      this.channel = channel || '';
      this.shown = [];
      this.total = 0;
      this.askAt = now;
      if (this.request) this.request.abort();
      this.request = null;
    }
    if (this.channel === '' || this.request || now < this.askAt) return;
    this.askAt = now + EVERY_MS;
    this.request = ask(`${this.base}halls?channel=${encodeURIComponent(this.channel)}&limit=${MOST}`, (status, body) => {
      this.request = null;
      if (status !== 200 || !isObject(body)) return;
      this.shown = list(body['halls']).slice(0, MOST).map(hallOf);
      this.total = figure(body['total']) || 0;
      this.news();
    });
  }
}

/** Looks up `code`; a sentence of the node where there is none, and `null` where it does not answer. */
export function lookUp(base: string, code: string, language: string, tell: (found: ReadonlyArray<Report> | string | null) => void): void {
  ask(`${base}reports/${encodeURIComponent(code)}`, (status, body) => {
    if (status === 200) tell(list(body).map(reportOf));
    else if (isObject(body)) tell(`${text(body['detail'])}. ${text(body['next'])}`);
    else tell(null);
  }, language);
}

function ask(address: string, tell: (status: number, body: unknown) => void, language = ''): XMLHttpRequest {
  const request = new XMLHttpRequest();
  request.open('GET', address);
  if (language !== '') request.setRequestHeader('Accept-Language', language);
  request.timeout = ANSWER_MS;
  let dropped = false;
  request.onabort = () => { dropped = true; };
  request.onloadend = () => {
    if (dropped) return;
    let body: unknown = null;
    try {
      body = JSON.parse(request.responseText);
    } catch (error) {
      body = null;
    }
    tell(request.status, body);
  };
  request.send();
  return request;
}

function hallOf(entry: { readonly [key: string]: unknown }): Hall {
  const number = (key: string): number => figure(entry[key]) || 0;
  return {
    session: text(entry['session']),
    name: text(entry['hall']),
    state: text(entry['state']),
    seconds: number('state_seconds'),
    silent: number('silent_seconds'),
    buffer: figure(entry['buffer_seconds']),
    bitrate: figure(entry['bitrate_bits_per_second']),
    throughput: figure(entry['throughput_bits_per_second']),
    stalls: number('stalls'),
    stood: number('stall_seconds'),
    fault: text(entry['fault']),
    says: text(entry['says']),
    code: text(entry['code']),
    verdict: isObject(entry['verdict']) ? textOf(entry['verdict']['text']) : null,
  };
}

function reportOf(entry: { readonly [key: string]: unknown }): Report {
  const hall = isObject(entry['hall']) ? entry['hall'] : {};
  return {
    code: text(entry['code']),
    channel: text(hall['channel']),
    at: text(entry['at']),
    hall: hallOf(hall),
    verdict: isObject(entry['verdict']) ? textOf(entry['verdict']['text']) : { en: '', vi: '' },
    next: textOf(entry['next']),
    incidents: list(entry['incidents']).slice(0, MOST).map((incident) => ({
      id: text(incident['id']), start: text(incident['start']), verdict: textOf(incident['verdict']),
    })),
  };
}
