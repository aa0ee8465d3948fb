// One channel on one video element, built anew whenever it does not go on by itself.

import type Hls from 'hls.js';
import type { ErrorData, HlsConfig, LevelDetails } from 'hls.js';
import { Alone, carries, ladderOf, type Ladder } from './alone';
import type { Playing, Trouble } from './faults';
import { stepped, timelineOf, type Timeline } from './timeline';
import { tryLine } from './trial';
import { Watchdog } from './watchdog';

/** The UMD build of hls.js, which brings its worker with it. */
declare global {
  interface Window {
    readonly Hls?: typeof Hls;
  }
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 4000;
/** A cache may answer with a playlist so much older, in segments, without a reset at the node. */
const STALE_SEGMENTS = 3;
/** Further behind after a hidden time, in s: go to the live edge. */
const MOST_BEHIND_S = 15;

/** What the browser lets through without a press. */
export type Permission = 'sound' | 'picture' | 'nothing';

export class Player {
  permission: Permission = 'sound';
  private url: string | null = null;
  /** Played from here on, Unix seconds; `null` is live. */
  private from: number | null = null;
  private earliest: number | null = null;
  private ladder: Ladder | null = null;
  private alone = new Alone();
  private endTrial: () => void = () => undefined;
  private hls: Hls | null = null;
  private watchdog = new Watchdog(0);
  private trouble: Trouble = 'none';
  private retries = 0;
  private rebuildAt: number | null = null;
  private lineUp = true;
  private details: LevelDetails | null = null;
  /** The viewer went back on purpose: nothing brings the picture to the live edge but the viewer. */
  private shifted = false;
  private lastSequence = -1;
  private loaded = 0;
  private loading: { readonly stats: { readonly loaded: number } } | null = null;

  /** `heard` is called with each answer of the server. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly settings: Partial<HlsConfig>,
    private readonly heard: () => void,
  ) {
    video.addEventListener('error', () => {
      if (!this.hls && this.url) this.giveUp('server');
    });
  }

  /** Opens a channel; the same address again changes nothing. */
  open(url: string): void {
    if (url === this.url) return;
    this.url = url;
    this.from = null;
    this.ladder = null;
    this.alone = new Alone();
    this.watchdog = new Watchdog(performance.now());
    this.retries = 0;
    this.build();
  }

  close(): void {
    if (!this.url) return;
    this.url = null;
    this.destroy();
  }

  /** The line to the server went or came back. */
  line(up: boolean): void {
    if (up === this.lineUp) return;
    this.lineUp = up;
    if (!this.url) return;
    const now = performance.now();
    if (!up) {
      if (this.hls) this.hls.stopLoad();
    } else if (this.hls && this.watchdog.moving(now)) {
      this.watchdog.excuse(now);
      this.hls.startLoad();
    } else {
      this.retries = 0;
      this.build();
    }
  }

  /** Called a few times a second. */
  tick(now: number): void {
    if (!this.url) return;
    if (document.hidden) {
      this.watchdog.excuse(now);
      return;
    }
    const loading = this.loading ? this.loading.stats.loaded : 0;
    this.watchdog.push(now, this.video.paused ? -1 : this.video.currentTime, this.loaded + loading);
    if (this.watchdog.settled(now)) {
      this.retries = 0;
      this.trouble = 'none';
    }
    if (!this.lineUp) return;
    this.followLine(now);
    if (this.rebuildAt !== null) {
      if (now >= this.rebuildAt) this.build();
    } else if (this.permission !== 'nothing' && this.watchdog.dead(now)) {
      this.giveUp(this.trouble);
    }
  }

  playing(now: number): Playing {
    const watchdog = this.watchdog;
    return {
      moving: this.url !== null && watchdog.moving(now),
      moved: watchdog.moved(),
      waitingMs: watchdog.waitingMs(now),
      soundAlone: this.alone.on,
      trouble: this.permission === 'nothing' ? 'press' : this.trouble,
    };
  }

  /** A press by the viewer: the browser now allows all. */
  allow(): void {
    this.permission = 'sound';
    this.video.muted = false;
    this.play();
  }

  /** Whether a channel is opened, with a picture or not. */
  isOpen(): boolean {
    return this.url !== null;
  }

  /** The hls.js that plays now, for what can be chosen and counted. */
  engine(): Hls | null {
    return this.hls;
  }

  /** How far back the node can go, wall time in ms. */
  reaches(earliest: number | null): void {
    this.earliest = earliest;
  }

  timeline(): Timeline | null {
    return this.hls ? timelineOf(this.details, this.video.currentTime, this.hls.liveSyncPosition, this.earliest) : null;
  }

  /** Back (less than 0) or forward, in s: back as far as the node goes, forward to the live edge. */
  step(by: number): void {
    const live = this.hls && this.hls.liveSyncPosition;
    const shown = this.timeline();
    if (!this.hls || !this.details || !live || !shown) return;
    const position = this.video.currentTime;
    const to = stepped(this.details, position, live, by);
    // The playlist begins later than the node does.
    if (by < 0 && to - position > by && this.earliest !== null && shown.position + by * 1000 > this.earliest) this.playFrom(shown.position + by * 1000);
    else this.shift(to < live, to);
  }

  /** Plays what was live at `wall`, ms, or the earliest that there is. */
  playFrom(wall: number): void {
    if (!this.url || this.earliest === null) return;
    this.from = Math.floor(Math.max(wall, this.earliest) / 1000);
    this.build();
  }

  toLive(): void {
    if (this.from !== null) {
      this.from = null;
      this.build();
      return;
    }
    const live = this.hls && this.hls.liveSyncPosition;
    if (live) this.shift(false, live);
    this.play();
  }

  private shift(shifted: boolean, to: number): void {
    this.shifted = shifted;
    // hls.js plays faster to come back to the live edge: not when the viewer left it on purpose.
    if (this.hls) this.hls.config.maxLiveSyncPlaybackRate = shifted ? 1 : this.settings.maxLiveSyncPlaybackRate || 1;
    this.video.currentTime = to;
    this.watchdog.excuse(performance.now());
  }

  /** The page is looked at again. */
  shown(): void {
    if (!this.url || this.shifted) return;
    const live = this.hls ? this.hls.liveSyncPosition : null;
    if (live !== null && live - this.video.currentTime > MOST_BEHIND_S) this.video.currentTime = live;
    this.play();
  }

  private build(): void {
    this.destroy();
    if (this.url === null) return;
    this.shifted = this.from !== null;
    const whole = this.from === null ? this.url : `${this.url}?from=${this.from}`;
    const url = this.alone.on && this.ladder ? this.ladder.sound : whole;
    const library = window.Hls;
    if (library && library.isSupported()) this.buildHls(library, url);
    else this.video.src = url;
    this.watchdog.rebuilt(performance.now());
    this.play();
  }

  private buildHls(library: typeof Hls, url: string): void {
    const hls = new library(this.shifted ? { ...this.settings, maxLiveSyncPlaybackRate: 1 } : this.settings);
    this.hls = hls;
    const events = library.Events;
    hls.on(events.ERROR, (_, data) => {
      if (data.response && data.response.code) this.heard();
      const trouble = troubleOf(library, data);
      if (data.fatal) this.giveUp(trouble);
      else if (trouble !== 'none') this.trouble = trouble;
    });
    hls.on(events.MANIFEST_LOADED, (_, data) => {
      this.heard();
      if (!this.alone.on) this.ladder = ladderOf(data.levels);
    });
    hls.on(events.LEVEL_LOADED, (_, data) => {
      this.heard();
      this.followSequence(data.details);
    });
    hls.on(events.LEVEL_UPDATED, (_, data) => (this.details = data.details));
    hls.on(events.FRAG_LOADING, (_, data) => (this.loading = data.frag));
    hls.on(events.FRAG_LOADED, () => {
      this.heard();
      this.loaded += 1;
    });
    hls.on(events.MANIFEST_PARSED, () => this.play());
    hls.loadSource(url);
    hls.attachMedia(this.video);
  }

  private destroy(): void {
    this.rebuildAt = null;
    this.lastSequence = -1;
    this.details = null;
    this.shifted = false;
    this.loading = null;
    this.endTrial();
    if (this.hls) this.hls.destroy();
    this.hls = null;
    if (this.video.hasAttribute('src')) {
      this.video.removeAttribute('src');
      this.video.load();
    }
  }

  /** Gives the picture up on a line that does not carry it, live alone, and takes it back on one that does. */
  private followLine(now: number): void {
    const { hls, ladder, video } = this;
    if (!hls || !ladder || this.from !== null) return;
    const smallest = !hls.autoLevelEnabled || hls.loadLevel <= 0;
    // A line that brings more is not why the picture stands.
    const poor = !this.watchdog.moved() || !carries(ladder, hls.bandwidthEstimate);
    const looks = smallest && poor && this.rebuildAt === null && this.permission !== 'nothing';
    if (looks && this.alone.starves(now, video.currentTime)) {
      this.alone.begin(now);
      this.build();
    }
    const { buffered } = video;
    const inHand = buffered.length > 0 ? buffered.end(buffered.length - 1) - video.currentTime : 0;
    if (!this.alone.tries(now, inHand)) return;
    this.endTrial = tryLine(ladder.picture, (rate) => {
      if (!carries(ladder, rate)) return;
      this.alone.end(performance.now());
      this.build();
    });
  }

  /** A server that lost its count starts lower: hls.js would wait for the old numbers. */
  private followSequence(details: LevelDetails): void {
    if (details.endSN + STALE_SEGMENTS < this.lastSequence) {
      this.giveUp('none');
      return;
    }
    this.lastSequence = Math.max(this.lastSequence, details.endSN);
  }

  private giveUp(trouble: Trouble): void {
    const shown = this.timeline();
    // What was seen is not shown again.
    if (this.from !== null && shown) this.from = Math.floor(shown.position / 1000);
    this.trouble = trouble;
    if (this.alone.on && trouble === 'server') this.alone.end(performance.now());
    const delay = Math.min(FIRST_RETRY_MS * Math.pow(2, this.retries), LAST_RETRY_MS);
    this.retries += 1;
    if (this.hls) this.hls.stopLoad();
    this.rebuildAt = performance.now() + delay;
  }

  /** With sound, else without, else when the viewer presses. */
  private play(): void {
    if (this.permission === 'nothing') return;
    const muted = this.video.muted;
    const started: Promise<void> | undefined = this.video.play();
    if (!started) return;
    started.catch((error: { readonly name: string }) => {
      if (error.name !== 'NotAllowedError') return;
      if (muted) {
        this.permission = 'nothing';
        return;
      }
      this.permission = 'picture';
      this.video.muted = true;
      this.play();
    });
  }
}

function troubleOf(library: typeof Hls, data: ErrorData): Trouble {
  const details = library.ErrorDetails;
  switch (data.details) {
    case details.MANIFEST_INCOMPATIBLE_CODECS_ERROR:
    case details.BUFFER_ADD_CODEC_ERROR:
    case details.BUFFER_INCOMPATIBLE_CODECS_ERROR:
      return 'device';
    default:
      break;
  }
  return data.type === library.ErrorTypes.NETWORK_ERROR && data.response && data.response.code ? 'server' : 'none';
}
