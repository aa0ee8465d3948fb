// The node's last answer: asked for every two seconds, and at once when an event says that
// something changed. Holds one answer, one question and one event stream, however long it runs.

import { Reachability } from '../reach';
import { wallOf, type Wall } from './wall';

/** The node renews its values once a second; the level bars are to move. */
const EVERY_MS = 2000;
/** No answer within this is a failure. */
const ANSWER_MS = 4000;
/** Many events at once are one question. */
const SOON_MS = 150;
/** Before a refused event stream is tried again. */
const EVENTS_RETRY_MS = 10000;
const EVENTS = ['channel', 'input', 'output', 'switch', 'incident', 'configuration', 'missed'];

export class Feed {
  wall: Wall | null = null;
  /** What to add to this machine's clock for the node's. */
  clockOffset = 0;
  /** When the last answer came, by the page's own clock. */
  answeredAt: number | null = null;
  private readonly reach: Reachability;
  private request: XMLHttpRequest | null = null;
  private askAt = 0;
  private events: EventSource | null = null;
  private eventsAt = -Infinity;

  /** `base` is relative to the page's address. */
  constructor(private readonly base: string, now: number) {
    this.reach = new Reachability(now);
  }

  /** Whether the node answers; `null` before the first answer or failure. */
  up(now: number): boolean | null {
    const state = this.reach.state(now);
    return state === 'asking' ? null : state === 'up';
  }

  /** Called a few times a second. */
  tick(now: number): void {
    if (!this.request && now >= this.askAt) this.ask(now);
    const up = this.up(now) === true;
    if (!up && this.events) this.closeEvents();
    if (up && !this.events && now - this.eventsAt > EVENTS_RETRY_MS) this.openEvents(now);
  }

  private ask(now: number): void {
    const request = new XMLHttpRequest();
    this.request = request;
    this.askAt = now + EVERY_MS;
    request.open('GET', `${this.base}node`);
    request.timeout = ANSWER_MS;
    request.onloadend = () => {
      this.request = null;
      const heard = performance.now();
      if (request.status === 0) this.reach.failed(heard);
      else this.take(request, heard);
    };
    request.send();
  }

  private take(request: XMLHttpRequest, now: number): void {
    const wall = request.status === 200 ? wallOf(request.responseText) : null;
    this.reach.answered(now, wall !== null);
    if (!wall) return;
    this.wall = wall;
    this.answeredAt = now;
    const date = Date.parse(request.getResponseHeader('Date') || '');
    if (!isNaN(date)) this.clockOffset = date - Date.now();
  }

  private openEvents(now: number): void {
    this.eventsAt = now;
    if (typeof EventSource === 'undefined') return;
    const events = new EventSource(`${this.base}events`);
    this.events = events;
    events.onerror = () => {
      if (events.readyState === EventSource.CLOSED) this.closeEvents();
    };
    for (const name of EVENTS) {
      events.addEventListener(name, () => {
        this.askAt = Math.min(this.askAt, performance.now() + SOON_MS);
      });
    }
  }

  private closeEvents(): void {
    if (this.events) this.events.close();
    this.events = null;
  }
}
