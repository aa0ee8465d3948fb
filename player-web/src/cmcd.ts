// What this hall sees, told to the node: CMCD version 2 in event mode (CTA-5004-B), a line for each report.

import type { Who, Word } from './faults';

/** `ps` play state, `t` interval, `e` error, `c` content id. */
type Event = 'ps' | 't' | 'e' | 'c';

/** Starting, playing, seeking, rebuffering, paused, waiting, ended, fatal error, quit. */
export type PlayState = 's' | 'p' | 'k' | 'r' | 'a' | 'w' | 'e' | 'f' | 'q';

export interface Fault {
  readonly word: Word;
  readonly who: Who;
  readonly code: string;
}

/** Lengths in ms, rates in kbit/s; `null` where it is not known. */
export interface Report {
  readonly state: PlayState;
  readonly channel: string | null;
  readonly bufferMs: number | null;
  readonly bitrate: number | null;
  readonly topBitrate: number | null;
  readonly throughput: number | null;
  readonly latencyMs: number | null;
  readonly dropped: number | null;
  readonly hall: string;
  readonly fault: Fault | null;
}

const INTERVAL_MS = 10000;
/** Between two sendings. */
const LEAST_MS = 1000;
/** Kept while the node cannot be reached: an outage of a day, half of it changes. The oldest interval goes first. */
const MOST_KEPT = 120;
/** Under the 64 KiB that a node takes. */
const MOST_LINES = 60;

interface Kept {
  readonly line: string;
  readonly event: Event;
}

/** Hands over a body; `done` says whether the node took or refused it (true), or was not reached (false). */
export type Send = (body: string, done: (settled: boolean) => void) => void;

export class Reporter {
  private readonly kept: Kept[] = [];
  private said: Report | null = null;
  private saidAt = -Infinity;
  private sentAt = -Infinity;
  private sending = false;
  private starved = false;
  private starvedSince: number | null = null;
  private starvedMs = 0;

  constructor(private readonly sid: string, private readonly send: Send) {}

  /** Called a few times a second: `now` runs evenly, `wall` is Unix ms. */
  push(now: number, wall: number, report: Report): void {
    this.starve(now, report.state);
    const event = this.event(now, report);
    if (event) this.keep(now, wall, report, event);
    if (this.kept.length > 0 && !this.sending && now - this.sentAt >= LEAST_MS) this.flush(now);
  }

  /** What is left to say when the page goes, for `sendBeacon`. */
  last(wall: number): string {
    if (this.said) this.kept.push({ line: this.line(wall, { ...this.said, state: 'q' }, 'ps'), event: 'ps' });
    return this.kept.splice(0).slice(-MOST_LINES).map(({ line }) => line).join('\n');
  }

  private starve(now: number, state: PlayState): void {
    const starving = state === 'r';
    if (starving && this.starvedSince === null) {
      this.starvedSince = now;
      this.starved = true;
    } else if (!starving && this.starvedSince !== null) {
      this.starvedMs += now - this.starvedSince;
      this.starvedSince = null;
    }
  }

  private event(now: number, report: Report): Event | null {
    const said = this.said;
    const code = (of: Report | null): string => (of && of.fault ? of.fault.code : '');
    if (code(report) !== '' && code(report) !== code(said)) return 'e';
    if (!said || said.channel !== report.channel) return 'c';
    if (said.state !== report.state || code(report) !== code(said)) return 'ps';
    return now - this.saidAt >= INTERVAL_MS ? 't' : null;
  }

  private keep(now: number, wall: number, report: Report, event: Event): void {
    this.said = report;
    this.saidAt = now;
    if (this.kept.length >= MOST_KEPT) {
      const interval = this.kept.map((kept) => kept.event).indexOf('t');
      this.kept.splice(Math.max(interval, 0), 1);
    }
    this.kept.push({ line: this.line(wall, report, event), event });
  }

  private flush(now: number): void {
    const going = this.kept.slice(0, MOST_LINES);
    this.sending = true;
    this.sentAt = now;
    this.send(going.map(({ line }) => line).join('\n'), (settled) => {
      this.sending = false;
      if (settled) going.forEach((sent) => this.kept.indexOf(sent) >= 0 && this.kept.splice(this.kept.indexOf(sent), 1));
    });
  }

  /** Keys in the order of the alphabet (CTA-5004, 3). */
  private line(wall: number, report: Report, event: Event): string {
    const { fault } = report;
    const starved = this.starved;
    const starvedMs = Math.round(this.starvedMs);
    this.starved = false;
    this.starvedMs = 0;
    return encode({
      'bl': hundred(report.bufferMs),
      'br': whole(report.bitrate),
      'bs': starved || null,
      'bsd': starvedMs || null,
      'cid': report.channel === null ? null : quoted(report.channel),
      'df': whole(report.dropped),
      'e': event,
      'ltc': hundred(report.latencyMs),
      'mtp': hundred(report.throughput),
      'sid': quoted(this.sid),
      'sta': report.state,
      'tb': whole(report.topBitrate),
      'ts': Math.round(wall),
      'v': 2,
      'vn.headend-code': fault && quoted(fault.code),
      'vn.headend-fault': fault && quoted(fault.word),
      'vn.headend-hall': report.hall === '' ? null : quoted(report.hall),
      'vn.headend-who': fault && quoted(fault.who),
    });
  }
}

type Value = string | number | true | null;

function encode(keys: { readonly [key: string]: Value }): string {
  return Object.keys(keys)
    .filter((key) => keys[key] !== null)
    .map((key) => (keys[key] === true ? key : `${key}=${String(keys[key])}`))
    .join(',');
}

/** A string of RFC 8941, 3.3.3; with letters beyond ASCII a display string of RFC 9651, 3.3.8. */
function quoted(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f]/g, ' ');
  if (/^[ -~]*$/.test(line)) return `"${line.replace(/["\\]/g, '\\$&')}"`;
  return `%"${line.replace(/[^ !#$&-~]/gu, encoded)}"`;
}

function encoded(letter: string): string {
  try {
    return encodeURIComponent(letter).toLowerCase();
  } catch (error) {
    // Half a letter: a name that was cut within it.
    return '?';
  }
}

const whole = (value: number | null): number | null => (value === null || !isFinite(value) ? null : Math.max(0, Math.round(value)));

/** Rounded to the nearest 100, as the standard has it. */
const hundred = (value: number | null): number | null => {
  const rounded = whole(value);
  return rounded === null ? null : Math.round(rounded / 100) * 100;
};

/** One sending after the other, over the connection that is open already. */
export function sendTo(url: string): Send {
  return (body, done) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.timeout = INTERVAL_MS;
    request.setRequestHeader('Content-Type', 'application/cmcd');
    // Refused is settled: the same again would be refused again. A busy node is asked again.
    request.onloadend = () => done(request.status !== 0 && request.status < 500 && request.status !== 429);
    request.send(body);
  };
}

/** The last of a page that goes. A beacon of this type asks the server first where it is another one; here it is the same. */
export function beacon(url: string, body: string): void {
  if (body === '' || typeof navigator.sendBeacon !== 'function') return;
  try {
    navigator.sendBeacon(url, new Blob([body], { type: 'application/cmcd' }));
  } catch (error) {
    return;
  }
}
