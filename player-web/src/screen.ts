// Paints what is known. Nothing is decided here; the same view twice changes nothing.

import type { Channel } from './channels';
import { dateOf, timeOfDay } from './clock';
import { PLACE, type Fault, type Kind } from './faults';
import type { Device } from './profile';
import type { Language, Words } from './words';

export type Layer = 'watch' | 'list' | 'ask';

/** What a press on the sound button does. */
export type Press = 'again' | 'watch' | 'sound' | 'mute' | 'unmute';

export interface View {
  readonly words: Words;
  readonly language: Language;
  readonly device: Device;
  readonly channel: Channel | null;
  readonly channels: ReadonlyArray<Channel>;
  readonly fault: Fault | null;
  /** Since when it is wrong, wall time in ms. */
  readonly since: number;
  readonly now: number;
  readonly press: Press;
  readonly awake: boolean;
  readonly layer: Layer;
  readonly digits: { readonly digits: string; readonly wrong: boolean } | null;
  /** `null` where there is no full screen to go to. */
  readonly fullScreen: boolean | null;
}

/** The element of this id in index.html. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Kinds during which the page tries again by itself, and says so. */
const RETRYING: ReadonlyArray<Kind> = ['line', 'slow', 'source', 'server'];
const MOVING: ReadonlyArray<Kind> = ['opening', 'resuming', ...RETRYING];

export class Screen {
  private said = '';
  private rows = '';

  paint(view: View): void {
    const { words, fault } = view;
    mark(document.documentElement, 'lang', view.language);
    const body = document.body;
    mark(body, 'data-device', view.device);
    mark(body, 'data-layer', view.layer);
    mark(body, 'data-awake', String(view.awake));
    mark(body, 'data-press', view.press);
    mark(body, 'data-cover', String(fault !== null && fault.cover));
    mark(body, 'data-calls', String(calls(view)));
    const name = view.channel ? view.channel.name : words.page;
    const title = view.channel ? `${name} – ${fault ? words.faults[fault.kind].title : words.playing}` : name;
    if (document.title !== title) document.title = title;
    this.paintTop(view, name);
    this.paintFault(view);
    this.paintBar(view);
    this.paintLayers(view);
    this.say(view, name);
  }

  private paintTop({ words, channel, fault, now, digits }: View, name: string): void {
    text('number', channel ? String(channel.number) : '');
    text('name', name);
    text('live', words.live);
    show('live', channel !== null && !(fault && fault.cover));
    text('time', timeOfDay(now));
    text('date', dateOf(now, words.weekdays));
    show('digits', digits !== null);
    text('digits', digits ? digits.digits + (digits.wrong ? ` · ${words.noSuchChannel}` : '') : '');
  }

  private paintFault({ words, fault, since }: View): void {
    show('cover', fault !== null && fault.cover);
    show('strip', fault !== null && !fault.cover);
    if (!fault) return;
    const { title, text: sentence } = words.faults[fault.kind];
    const place = PLACE[fault.kind];
    if (!fault.cover) {
      text('strip-title', title);
      text('strip-text', sentence);
      return;
    }
    mark(element('cover'), 'data-kind', fault.kind);
    text('fault-title', title);
    text('fault-text', sentence);
    text('fault-place', place ? words.places[place] : '');
    show('fault-place', place !== null);
    show('way', place !== null);
    mark(element('way'), 'data-broken', place || '');
    for (const station of ['source', 'server', 'device'] as const) {
      const label = element('way').querySelector(`[data-at=${station}] span`);
      if (label) setText(label, words.way[station]);
    }
    show('retry', MOVING.indexOf(fault.kind) >= 0);
    text('retry-text', RETRYING.indexOf(fault.kind) >= 0 ? words.retrying : '');
    text('since', place ? `${words.since} ${timeOfDay(since)}` : '');
  }

  private paintBar({ words, language, device, press, fullScreen }: View): void {
    mark(element('video'), 'aria-label', words.video);
    mark(element('bar'), 'aria-label', words.controls);
    label('to-list', words.channels);
    const sound: { readonly [P in Press]: string } = {
      again: words.watchAgain,
      watch: words.pressToWatch[device],
      sound: words.pressForSound[device],
      mute: words.soundOff,
      unmute: words.soundOn,
    };
    label('to-sound', sound[press]);
    show('to-screen', fullScreen !== null);
    label('to-screen', fullScreen ? words.smallScreen : words.fullScreen);
    label('to-language', language === 'vi' ? 'English' : 'Tiếng Việt');
    mark(element('to-language'), 'lang', language === 'vi' ? 'en' : 'vi');
    text('keys', device === 'tv' ? words.keys : '');
  }

  private paintLayers({ words, layer, channel, channels }: View): void {
    text('list-title', words.channels);
    mark(element('list'), 'aria-label', words.channels);
    this.paintRows(words, channels, channel);
    show('list', layer === 'list');
    text('ask-title', words.leaveQuestion);
    text('stay', words.stay);
    text('leave', words.leave);
    show('ask', layer === 'ask');
  }

  /** Rows are made anew only when the list itself changed: the focus stays where it is. */
  private paintRows(words: Words, channels: ReadonlyArray<Channel>, current: Channel | null): void {
    const list = element('rows');
    const rows = channels.map((channel) => channel.id).join(' ');
    if (rows !== this.rows) {
      list.textContent = '';
      channels.forEach((channel) => list.appendChild(row(channel)));
      this.rows = rows;
    }
    for (const channel of channels) {
      const button = element(rowId(channel));
      mark(button, 'data-state', channel.state);
      mark(button, 'aria-current', String(current !== null && current.id === channel.id));
      const state = channel.hls === 'none' ? words.notHere : words.states[channel.state];
      const spans = [String(channel.number), channel.name, state];
      spans.forEach((value, index) => {
        const span = button.querySelectorAll('.line > span')[index];
        if (span) setText(span, value);
      });
    }
  }

  /** Says each change of state once, to those who listen instead of look. */
  private say({ words, device, fault, press }: View, name: string): void {
    const parts = [name];
    if (fault) {
      const place = PLACE[fault.kind];
      const { title, text: sentence } = words.faults[fault.kind];
      parts.push(title, place ? words.places[place] : '', sentence);
    } else {
      parts.push(words.playing, press === 'sound' ? words.pressForSound[device] : '');
    }
    const sentence = parts.filter((part) => part !== '').join('. ');
    if (sentence === this.said) return;
    this.said = sentence;
    text('say', sentence);
  }
}

/** Whether the sound button asks to be pressed: not for a sound that is not there. */
function calls({ press, fault }: View): boolean {
  if (press === 'sound') return fault === null || !fault.cover || fault.kind === 'noPicture';
  return press === 'watch' || press === 'again';
}

export const rowId = (channel: Channel): string => `row-${channel.id}`;

function row(channel: Channel): HTMLElement {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.id = rowId(channel);
  button.setAttribute('data-channel', channel.id);
  const line = document.createElement('span');
  line.className = 'line';
  for (const part of ['number', 'name', 'state']) {
    const span = document.createElement('span');
    span.className = part;
    line.appendChild(span);
  }
  button.appendChild(line);
  item.appendChild(button);
  return item;
}

function setText(target: Element, value: string): void {
  if (target.textContent !== value) target.textContent = value;
}

function text(id: string, value: string): void {
  setText(element(id), value);
}

function label(id: string, value: string): void {
  const span = element(id).querySelector('span');
  if (span) setText(span, value);
}

function mark(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

function show(id: string, shown: boolean): void {
  const target = element(id);
  if (target.hidden === shown) target.hidden = !shown;
}
