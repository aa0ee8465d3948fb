// The node as this page knows it: asks the API, listens to its events, notes whether it can be reached.

import { nodeOf, type Channel, type Help } from './channels';
import type { Reach } from './faults';
import { keep, kept } from './kept';
import { lastOver, OVER_MS, type Meeting } from './meetings';
import { Reachability } from './reach';

/** No answer within this is a failure; a satellite line takes 2 s. */
const ANSWER_MS = 3000;
/** Questions at once, of the six connections a browser has for a server. */
const MOST_ASKED = 3;
/** Before a refused event stream is tried again. */
const EVENTS_RETRY_MS = 10000;
/** The node shows a change of its schedule so long after it tells it, at most. */
const SHOWN_MS = 1500;
/** Between two questions for the meeting that is over. */
const OVER_EVERY_MS = 60000;

export class Node {
  channels: ReadonlyArray<Channel> | null = null;
  /** Kept for the time without a network, when it is needed most. */
  help: Help = { phone: kept('help-phone'), name: kept('help-name') };
  /** What to add to this machine's clock: boxes without a battery start in 1970. */
  clockOffset = 0;
  private readonly reach: Reachability;
  private asked = 0;
  private events: EventSource | null = null;
  private eventsAt = -Infinity;
  private overOf = '';
  private overAt = -Infinity;
  private overMeeting: Meeting | null = null;

  /** `base` is relative to the page's address. */
  constructor(private readonly base: string, now: number) {
    this.reach = new Reachability(now);
  }

  /** An answer came by another way: the player's. */
  heard(): void {
    this.reach.heard(performance.now());
  }

  /** The network went or came, or something is about to change at the node: ask soon. */
  changed(): void {
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
    const node = request.status === 200 ? nodeOf(request.responseText) : null;
    this.reach.answered(performance.now(), node !== null);
    if (!node) return;
    this.channels = node.channels;
    this.help = node.help;
    keep('help-phone', node.help.phone || '');
    keep('help-name', node.help.name || '');
    const date = Date.parse(request.getResponseHeader('Date') || '');
    if (!isNaN(date)) this.clockOffset = date - Date.now();
  }

  /** The meeting on `channel` that was over last; asked for when it is first wanted, and now and then. */
  over(channel: string, now: number): Meeting | null {
    if (channel !== this.overOf) this.overMeeting = null;
    if (channel !== this.overOf || now - this.overAt > OVER_EVERY_MS) {
      this.overOf = channel;
      this.overAt = now;
      this.askOver(channel);
    }
    return this.overMeeting;
  }

  private askOver(channel: string): void {
    const wall = Date.now() + this.clockOffset;
    const from = encodeURIComponent(new Date(wall - OVER_MS).toISOString());
    const request = new XMLHttpRequest();
    request.open('GET', `${this.base}meetings?channel=${encodeURIComponent(channel)}&all=true&from=${from}`);
    request.timeout = ANSWER_MS;
    request.onload = () => {
      if (request.status === 200 && channel === this.overOf) this.overMeeting = lastOver(request.responseText, wall);
    };
    request.send();
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
    for (const name of ['channel', 'input', 'output', 'incident', 'configuration']) {
      events.addEventListener(name, () => {
        this.heard();
        this.reach.changed();
      });
    }
    events.addEventListener('meeting', () => {
      this.heard();
      setTimeout(() => this.reach.changed(), SHOWN_MS);
    });
  }

  private closeEvents(): void {
    if (this.events) this.events.close();
    this.events = null;
  }
}
