// The node as this page knows it: asks the API, listens to its events, notes whether it can be reached.

import { channelsOf, type Channel } from './channels';
import type { Reach } from './faults';
import { Reachability } from './reach';

/** No answer within this is a failure; a satellite line takes 2 s. */
const ANSWER_MS = 3000;
/** Questions at once, of the six connections a browser has for a server. */
const MOST_ASKED = 3;
/** Before a refused event stream is tried again. */
const EVENTS_RETRY_MS = 10000;

export class Node {
  channels: ReadonlyArray<Channel> | null = null;
  /** What to add to this machine's clock: boxes without a battery start in 1970. */
  clockOffset = 0;
  private readonly reach: Reachability;
  private asked = 0;
  private events: EventSource | null = null;
  private eventsAt = -Infinity;

  /** `base` is relative to the page's address. */
  constructor(private readonly base: string, now: number) {
    this.reach = new Reachability(now);
  }

  /** An answer came by another way: the player's. */
  heard(): void {
    this.reach.heard(performance.now());
  }

  /** The browser says that its network went or came. */
  networkChanged(): void {
    this.reach.changed();
  }

  state(now: number): Reach {
    return this.reach.state(now);
  }

  /** Called a few times a second. */
  tick(now: number): void {
    if (this.asked < MOST_ASKED && this.reach.ask(now)) this.ask();
    const up = this.reach.state(now) === 'up';
    if (!up && this.events) this.closeEvents();
    if (up && !this.events && now - this.eventsAt > EVENTS_RETRY_MS) this.openEvents(now);
  }

  private ask(): void {
    const request = new XMLHttpRequest();
    request.open('GET', `${this.base}node`);
    request.timeout = ANSWER_MS;
    request.onloadend = () => {
      this.asked -= 1;
      if (request.status === 0) this.reach.failed(performance.now());
      else this.take(request);
    };
    this.asked += 1;
    request.send();
  }

  private take(request: XMLHttpRequest): void {
    const channels = request.status === 200 ? channelsOf(request.responseText) : null;
    this.reach.answered(performance.now(), channels !== null);
    if (!channels) return;
    this.channels = channels;
    const date = Date.parse(request.getResponseHeader('Date') || '');
    if (!isNaN(date)) this.clockOffset = date - Date.now();
  }

  private openEvents(now: number): void {
    this.eventsAt = now;
    if (typeof EventSource === 'undefined') return;
    const events = new EventSource(`${this.base}events`);
    this.events = events;
    events.onopen = () => this.heard();
    events.onerror = () => {
      this.reach.changed();
      if (events.readyState === EventSource.CLOSED) this.closeEvents();
    };
    for (const name of ['channel', 'input', 'output', 'configuration']) {
      events.addEventListener(name, () => {
        this.heard();
        this.reach.changed();
      });
    }
  }

  private closeEvents(): void {
    if (this.events) this.events.close();
    this.events = null;
  }
}
