// One channel on the wall: its picture, its level, its word, and what is wrong with it in one line.

import { exactTime } from '../clock';
import type { Language } from '../words';
import { make, mark, write, writeOrHide } from './parts';
import { Picture } from './picture';
import { start, worst, type Channel, type Input } from './wall';
import { alarm, said, span, type Words } from './words';

/** The bar's foot, LUFS; its top is 0. */
const QUIETEST = -60;

/** What a tile is painted with. */
export interface Light {
  readonly words: Words;
  readonly language: Language;
  /** The node's time, ms since 1970. */
  readonly now: number;
}

class View {
  readonly element: HTMLElement;
  private readonly picture = new Picture();
  private readonly none = make('span', 'none');
  private readonly level = make('i', '');
  private readonly bar = make('span', 'bar', this.level, make('b', ''));

  constructor(name: string) {
    this.element = make('span', name, this.none, this.picture.element, this.bar);
  }

  paint(channel: Channel, input: Input | null, words: Words): void {
    this.picture.of(pictureOf(channel, input));
    write(this.none, words.noPicture);
    // The picture stays when nothing comes any more; the level says nothing then.
    const lost = !input || channel.state === 'stopped' || input.state === 'lost' || input.state === 'waiting';
    mark(this.element, 'data-stale', String(lost || (input !== null && input.stale)));
    const lufs = input ? input.lufs : null;
    this.bar.hidden = lost || !input || !input.seen;
    const height = lufs === null ? 0 : Math.max(0, Math.min(1, (lufs - QUIETEST) / -QUIETEST));
    const scale = `scaleY(${height.toFixed(3)})`;
    if (this.level.style.transform !== scale) this.level.style.transform = scale;
  }

  tick(now: number): void {
    this.picture.tick(now);
  }

  forget(): void {
    this.picture.forget();
  }
}

class Backup {
  private readonly view = new View('small');
  private readonly name = make('b', '');
  private readonly fitness = make('span', 'fitness');
  readonly element = make('span', 'backup', this.view.element, this.name, this.fitness);

  paint(channel: Channel, input: Input, words: Words): void {
    this.view.paint(channel, input, words);
    write(this.name, `${words.backup} ${input.index}`);
    write(this.fitness, words.fitness[input.fitness] || input.fitness);
    mark(this.element, 'data-fit', String(input.fitness === 'ready' || input.fitness === ''));
  }

  tick(now: number): void {
    this.view.tick(now);
  }

  forget(): void {
    this.view.forget();
  }
}

export class Tile {
  channel: Channel;
  readonly button = make('button', '') as HTMLButtonElement;
  readonly element = make('li', 'tile', this.button);
  private readonly view = new View('view');
  private readonly name = make('span', 'name');
  private readonly word = make('span', 'word');
  private readonly verdict = make('span', 'verdict');
  private readonly since = make('span', 'since');
  private readonly halls = make('span', 'halls');
  private readonly reserve = make('span', 'reserve');
  private backups: Backup[] = [];

  constructor(channel: Channel) {
    this.channel = channel;
    this.button.type = 'button';
    this.button.id = `tile-${channel.id}`;
    const say = make('span', 'say', this.name, this.word, this.verdict, this.since, this.reserve);
    this.view.element.appendChild(this.halls);
    this.button.appendChild(this.view.element);
    this.button.appendChild(say);
  }

  paint(channel: Channel, light: Light): void {
    const { words, language, now } = light;
    this.channel = channel;
    mark(this.element, 'data-rank', channel.rank);
    const shown = shownInput(channel);
    this.view.paint(channel, shown, words);
    write(this.name, channel.name);
    write(this.word, wordOf(channel, words));
    const incident = worst(channel);
    const more = channel.lasting.length > 1 ? ` (${words.more(channel.lasting.length - 1)})` : '';
    const { halls } = channel;
    const ofHalls = halls.verdict ? said(halls.verdict, language) : '';
    writeOrHide(this.verdict, incident ? said(incident.verdict, language) + more : ofHalls || alarmOf(channel, words));
    const watching = halls.playing + halls.struck;
    writeOrHide(this.halls, watching + halls.lost === 0 ? '' : words.hallsOf(halls.playing, watching, halls.lost));
    mark(this.halls, 'data-struck', String(halls.struck > 0));
    writeOrHide(this.since, sinceOf(channel, words, now));
    this.paintBackups(channel, shown, words);
  }

  private paintBackups(channel: Channel, shown: Input | null, words: Words): void {
    const others = channel.inputs.filter((input) => input !== shown);
    while (this.backups.length > others.length) {
      const gone = this.backups.pop();
      if (gone) {
        gone.forget();
        this.reserve.removeChild(gone.element);
      }
    }
    others.forEach((input, place) => {
      let backup = this.backups[place];
      if (!backup) {
        backup = new Backup();
        this.backups.push(backup);
        this.reserve.appendChild(backup.element);
      }
      backup.paint(channel, input, words);
    });
    this.reserve.hidden = others.length === 0;
  }

  /** `backups`: whether those are seen. */
  tick(now: number, backups: boolean): void {
    this.view.tick(now);
    if (backups) for (const backup of this.backups) backup.tick(now);
  }

  forget(): void {
    this.view.forget();
    for (const backup of this.backups) backup.forget();
  }
}

export function shownInput(channel: Channel): Input | null {
  return channel.inputs[channel.onAir === null ? 0 : channel.onAir] || null;
}

/** Where the picture of `input` is: one of now, or the last of what has stopped; empty for none. */
export function pictureOf(channel: Channel, input: Input | null): string {
  const shown = channel.state !== 'stopped' && input && (input.seen || input.stale);
  return shown ? `api/v1/channels/${channel.id}/inputs/${input.index}/picture` : '';
}

export function wordOf(channel: Channel, words: Words): string {
  const incident = worst(channel);
  if (!incident) {
    const more = channel.halls.struck > 0 ? words.hallsStruck(channel.halls.struck) : channel.rank === 'notice' ? words.ranks.notice : '';
    return more === '' ? words.states[channel.state] : `${words.states[channel.state]} · ${more}`;
  }
  const taken = incident.acknowledged;
  if (taken) return words.acknowledgedBy(taken.by);
  return `${words.words[incident.word] || incident.word} · ${words.ranks[incident.severity]}`;
}

function alarmOf(channel: Channel, words: Words): string {
  const first = channel.alarms[0];
  return first ? alarm(first, words) : '';
}

/** `Since 14:05:09 · for 3 min`. */
export function sinceOf(channel: Channel, words: Words, now: number): string {
  if (!worst(channel) && channel.rank !== 'critical') return '';
  const at = Date.parse(start(channel));
  if (isNaN(at)) return '';
  const slate = channel.slate ? ` · ${words.slate}` : '';
  return `${words.since} ${exactTime(at)} · ${now - at < 2000 ? words.now : words.ago(span(now - at, words))}${slate}`;
}

