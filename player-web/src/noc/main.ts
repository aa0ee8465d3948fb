// The wall's life: one tick four times a second asks, paints and tells; presses come between.

import { exactTime } from '../clock';
import { enter, give, move, type Direction } from '../focus';
import { keep, kept } from '../kept';
import { actionOf } from '../keys';
import { choose, type Language } from '../words';
import { Detail } from './detail';
import { Feed } from './feed';
import { behindHeight, fit, FRONT_RATIO, GAP } from './fit';
import { Halls, lookUp } from './halls';
import { arrange, byId, mark, write, writeOrHide } from './parts';
import { Tile, wordOf, type Light } from './tile';
import { inFront, worst, type Channel, type Rank, type Wall } from './wall';
import { said, wordsOf } from './words';

const TICK_MS = 250;
/** Below this there is no room for the backups. */
const NARROW = 560;
/** The tiles take turns in asking for pictures: so many go first each tick. */
const TURN = 4;

class App {
  private readonly feed = new Feed('api/v1/', performance.now());
  private readonly detail = new Detail(byId('detail'), byId('detail-title'), byId('detail-body'));
  private readonly halls = new Halls('api/v1/', () => this.paintDetail(this.light()));
  private tiles: { [id: string]: Tile } = Object.create(null);
  private order: ReadonlyArray<Channel> = [];
  private painted: Wall | null = null;
  private turn = 0;
  private version = '';
  private language: Language;
  /** The channel whose detail is open. */
  private open: string | null = null;
  /** The code whose report is open. */
  private asked: string | null = null;
  private said: { [id: string]: Rank } = Object.create(null);

  constructor() {
    const query = new URLSearchParams(location.search);
    this.language = choose(query.get('lang'), kept('language'), navigator.languages || [navigator.language]);
  }

  start(): void {
    document.addEventListener('keydown', (event) => this.key(event));
    document.addEventListener('click', (event) => this.click(event));
    window.addEventListener('resize', () => this.fit());
    byId('language').addEventListener('click', () => this.changeLanguage());
    byId('close').addEventListener('click', () => this.close());
    byId('lookup').addEventListener('submit', (event) => this.lookUp(event));
    this.paintWords();
    this.tick();
    setInterval(() => this.tick(), TICK_MS);
  }

  private tick(): void {
    const now = performance.now();
    this.feed.tick(now);
    const wall = this.feed.wall;
    if (wall && wall !== this.painted) this.take(wall);
    this.paintHead(now);
    this.halls.tick(this.open, now);
    // What was seen last stays while the node is away.
    if (document.hidden || this.feed.up(now) !== true) return;
    const count = this.order.length;
    this.turn = (this.turn + TURN) % Math.max(1, count);
    for (let place = 0; place < count; place += 1) {
      const channel = this.order[(this.turn + place) % count];
      const tile = channel && this.tiles[channel.id];
      if (tile) tile.tick(now, inFront(tile.channel));
    }
  }

  /** A new answer. After an upgrade of the node the page that came with it takes this one's place. */
  private take(wall: Wall): void {
    if (this.version !== '' && wall.version !== this.version) location.reload();
    this.version = wall.version;
    const first = this.painted === null;
    this.painted = wall;
    this.order = wall.channels;
    this.paint();
    this.tell(wall.channels, first);
  }

  private light(): Light {
    return { words: wordsOf(this.language), language: this.language, now: Date.now() + this.feed.clockOffset };
  }

  private paint(): void {
    const light = this.light();
    const active = document.activeElement;
    const tiles: { [id: string]: Tile } = Object.create(null);
    for (const channel of this.order) {
      const tile = this.tiles[channel.id] || new Tile(channel);
      tile.paint(channel, light);
      tiles[channel.id] = tile;
    }
    for (const id of Object.keys(this.tiles)) {
      const gone = this.tiles[id];
      if (gone && !tiles[id]) gone.forget();
    }
    this.tiles = tiles;
    const elements = (front: boolean): HTMLElement[] =>
      this.order.filter((channel) => inFront(channel) === front).map((channel) => (tiles[channel.id] as Tile).element);
    const [front, behind] = [elements(true), elements(false)];
    arrange(byId('front'), front);
    arrange(byId('behind'), behind);
    mark(document.body, 'data-front', String(front.length));
    mark(document.body, 'data-channels', String(this.order.length));
    byId('front').hidden = front.length === 0;
    byId('behind').hidden = behind.length === 0;
    this.fit();
    // A tile that was moved has lost the focus.
    if (active instanceof HTMLElement && active !== document.activeElement && document.contains(active)) active.focus();
    this.paintDetail(light);
  }

  /** Makes all tiles as large as the screen allows. */
  private fit(): void {
    const front = byId('front').children.length;
    const behind = byId('behind').children.length;
    // Not in whole pixels: `clientWidth` may say one that is not there.
    const { width, height } = byId('wall').getBoundingClientRect();
    const fitted = fit(front, behind, width, height - byId('notice').offsetHeight - GAP);
    const set = (name: string, value: number): void => document.documentElement.style.setProperty(name, `${value}px`);
    set('--front', fitted.frontWidth);
    set('--front-tall', Math.floor(fitted.frontWidth * FRONT_RATIO));
    set('--behind', fitted.behindWidth);
    set('--behind-tall', behindHeight(fitted.behindWidth));
    set('--gap', GAP);
    mark(document.body, 'data-narrow', String(fitted.frontWidth < NARROW));
  }

  private paintDetail(light: Light): void {
    if (this.open === null) return;
    const tile = this.tiles[this.open];
    if (tile) this.detail.paint(tile.channel, this.halls, light);
    else this.close();
  }

  private paintHead(now: number): void {
    const words = wordsOf(this.language);
    const wall = this.painted;
    const up = this.feed.up(now);
    write(byId('time'), exactTime(Date.now() + this.feed.clockOffset));
    write(byId('node'), wall ? wall.name : '');
    mark(document.body, 'data-node', up === null ? 'asking' : up ? 'up' : 'gone');
    const count = (holds: (channel: Channel) => boolean): number => this.order.filter(holds).length;
    const failing = count(inFront);
    const taken = count((channel) => channel.rank === 'acknowledged');
    const { counts } = words;
    const parts = [`${failing} ${counts.failing}`, `${taken} ${counts.acknowledged}`, `${this.order.length - failing - taken} ${counts.well}`];
    write(byId('counts'), !wall || this.order.length === 0 ? '' : failing + taken === 0 ? words.allGood : parts.join('   ·   '));
    const gone = up === false;
    const last = this.feed.answeredAt;
    const at = last === null ? '' : `${words.since} ${exactTime(Date.now() + this.feed.clockOffset - (now - last))}. `;
    const hidden = !(gone || !wall || this.order.length === 0);
    write(byId('notice-title'), gone ? words.gone : wall ? words.empty : words.opening);
    writeOrHide(byId('notice-text'), gone ? at + (wall ? words.goneText : '') : wall ? words.emptyText : '');
    if (byId('notice').hidden === hidden) return;
    byId('notice').hidden = hidden;
    this.fit();
  }

  private paintWords(): void {
    const words = wordsOf(this.language);
    document.documentElement.lang = this.language;
    document.title = words.page;
    write(byId('title'), words.page);
    write(byId('language'), words.language);
    write(byId('close'), words.close);
    mark(byId('code'), 'aria-label', words.lookUp);
    mark(byId('code'), 'placeholder', words.lookUp);
    mark(byId('front'), 'aria-label', words.front);
    mark(byId('behind'), 'aria-label', words.behind);
  }

  /** What changed, for who listens: a channel that came to the front, and one that left it. */
  private tell(channels: ReadonlyArray<Channel>, first: boolean): void {
    const { words, language } = this.light();
    const before = this.said;
    const ranks: { [id: string]: Rank } = Object.create(null);
    const news: string[] = [];
    for (const channel of channels) {
      ranks[channel.id] = channel.rank;
      const was = before[channel.id];
      if (first && !inFront(channel)) continue;
      if (was === channel.rank) continue;
      const incident = worst(channel);
      if (inFront(channel)) {
        news.push(`${channel.name}: ${wordOf(channel, words)}. ${incident ? said(incident.verdict, language) : ''}`);
      } else if (was === 'critical' || was === 'warning' || was === 'acknowledged') {
        news.push(`${channel.name}: ${incident ? wordOf(channel, words) : words.backToNormal}`);
      }
    }
    this.said = ranks;
    if (news.length > 0) write(byId('say'), news.join('. '));
  }

  private changeLanguage(): void {
    this.language = this.language === 'vi' ? 'en' : 'vi';
    keep('language', this.language);
    this.paintWords();
    this.paintHead(performance.now());
    if (this.painted) this.paint();
  }

  private key(event: KeyboardEvent): void {
    const action = actionOf(event);
    // Who types a code moves in what is typed.
    if (event.target === byId('code') && action !== 'up' && action !== 'down') return;
    if (action === 'back' && this.opened()) {
      this.close();
    } else if (action === 'up' || action === 'down' || action === 'left' || action === 'right') {
      this.arrow(action);
    } else {
      if (event.key === 'Tab' && this.opened()) {
        // Nothing else can be reached while it is open.
        byId(document.activeElement === byId('close') ? 'detail-body' : 'close').focus();
        event.preventDefault();
      }
      return;
    }
    event.preventDefault();
  }

  private arrow(direction: Direction): void {
    if (!this.opened()) {
      if (document.activeElement === document.body) enter(byId('wall'));
      else move(byId('page'), direction);
      return;
    }
    const step = direction === 'up' ? -1 : direction === 'down' ? 1 : 0;
    byId('detail-body').scrollTop += step * 120;
  }

  private click(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    if (target === byId('cover')) this.close();
    for (const id of Object.keys(this.tiles)) {
      const tile = this.tiles[id];
      if (target && tile && tile.button.contains(target)) this.show(id);
    }
  }

  private opened(): boolean {
    return this.open !== null || this.asked !== null;
  }

  private show(id: string): void {
    this.open = id;
    this.paintDetail(this.light());
    this.cover();
  }

  private cover(): void {
    byId('cover').hidden = false;
    mark(byId('page'), 'aria-hidden', 'true');
    byId('detail-body').scrollTop = 0;
    byId('close').focus();
  }

  private lookUp(event: Event): void {
    event.preventDefault();
    const input = byId('code') as HTMLInputElement;
    const code = input.value.replace(/[\s-]/g, '').toUpperCase();
    if (code === '') return;
    lookUp('api/v1/', code, this.language, (found) => {
      const light = this.light();
      this.asked = code;
      this.detail.paintReports(code, found === null ? light.words.noAnswer : found, light);
      this.cover();
    });
  }

  private close(): void {
    const tile = this.open === null ? undefined : this.tiles[this.open];
    const code = this.asked === null ? undefined : byId('code');
    this.open = null;
    this.asked = null;
    byId('cover').hidden = true;
    byId('page').removeAttribute('aria-hidden');
    this.detail.clear();
    if (code) give(byId('page'), code);
    if (tile) give(byId('page'), tile.button);
  }
}

new App().start();
