// One channel on one video element, built anew whenever it does not go on by itself.

import type Hls from 'hls.js';
import type { ErrorData, HlsConfig, LevelDetails } from 'hls.js';
import { Alone, carries, ladderOf, type Ladder } from './alone';
import { Distance, sinceBreak, USUAL } from './distance';
import type { Playing, Trouble } from './faults';
import { behindHole } from './hole';
import { Offer } from './offer';
import { Shift } from './shift';
import { BEHIND_S, timelineOf, type Timeline } from './timeline';
import { Chosen } from './tracks';
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
/** Between two trials to go on with what something else has paused. */
const RESUME_EVERY_MS = 1000;
/** A cache may answer with a playlist so much older, in segments, without a reset at the node. */
const STALE_SEGMENTS = 3;
/** Further behind after a hidden time, in s: go to the live edge. */
const MOST_BEHIND_S = 15;

/** What the browser lets through without a press. */
export type Permission = 'sound' | 'picture' | 'nothing';

export class Player {
  permission: Permission = 'sound';
  private url: string | null = null;
  private shift = new Shift();
  private earliest: number | null = null;
  private ladder: Ladder | null = null;
  private alone = new Alone();
  private endTrial: () => void = () => undefined;
  private hls: Hls | null = null;
  private offer: Offer | null = null;
  /** A sound that was offered is there no more. */
  private soundGone = false;
  private watchdog = new Watchdog(0);
  private readonly distance = new Distance();
  private readonly chosen = new Chosen();
  private trouble: Trouble = 'none';
  private retries = 0;
  private rebuildAt: number | null = null;
  private resumedAt = -Infinity;
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
    this.shift = new Shift();
    this.ladder = null;
    this.alone = new Alone();
    this.watchdog = new Watchdog(performance.now());
    this.retries = 0;
    this.trouble = 'none';
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
      this.rebuild();
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
    const { video } = this;
    if (this.watchdog.moving(now) && video.readyState >= video.HAVE_FUTURE_DATA && !video.seeking) this.shift.seen();
    this.followViewer();
    this.crossHole(now);
    this.resume(now);
    if (!this.lineUp) return;
    this.followLine(now);
    if (this.rebuildAt !== null) {
      if (now >= this.rebuildAt) this.rebuild();
    } else if (this.permission !== 'nothing' && this.watchdog.dead(now)) {
      this.giveUp(this.trouble);
    } else if (this.soundGone && video.readyState < video.HAVE_FUTURE_DATA) {
      this.giveUp('none');
    }
  }

  /** hls.js crosses holes, but may wait before one for what never comes. */
  private crossHole(now: number): void {
    const { video, watchdog } = this;
    if (video.paused || this.shifted || !watchdog.moved() || watchdog.moving(now)) return;
    const behind = behindHole(video.buffered, video.currentTime);
    if (behind !== null) video.currentTime = behind;
  }

  /** A telephone call or a media key may have paused it: nobody here pauses what is live. */
  private resume(now: number): void {
    const { video } = this;
    if (!video.paused || video.readyState < video.HAVE_CURRENT_DATA || now - this.resumedAt < RESUME_EVERY_MS) return;
    this.resumedAt = now;
    this.play();
  }

  playing(now: number): Playing {
    const watchdog = this.watchdog;
    return {
      moving: this.url !== null && watchdog.moving(now),
      moved: watchdog.moved(),
      waitingMs: watchdog.waitingMs(now),
      soundAlone: this.alone.on,
      soundless: this.offer !== null && this.offer.soundless,
      awaited: this.shift.awaited,
      behind: this.shifted,
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
    const { hls, details, video, earliest } = this;
    return hls ? this.shift.timeline(timelineOf(details, video.currentTime, hls.liveSyncPosition, earliest)) : null;
  }

  /** Back (less than 0) or forward, in s: back as far as the node goes, forward to the live edge. Steps add up. */
  step(by: number): void {
    const shown = this.timeline();
    if (!shown) return;
    this.shift.ask(shown.position + by * 1000);
    this.followViewer();
  }

  /** Plays what was live at `wall`, ms, or the earliest that there is. */
  playFrom(wall: number): void {
    if (!this.url || this.earliest === null) return;
    this.shift.ask(wall);
    if (this.hls) this.followViewer();
    else this.openThere();
  }

  toLive(): void {
    const { from } = this.shift;
    this.shift.live();
    const live = this.hls && this.hls.liveSyncPosition;
    if (from !== null) this.build();
    else if (live) this.seek(live, live);
    this.play();
  }

  /** Goes where the viewer chose to be, as soon as there is a playlist to go by. */
  private followViewer(): void {
    const { hls, details, video } = this;
    const live = hls && hls.liveSyncPosition;
    const way = details && live ? this.shift.way(details, live, this.earliest) : null;
    if (!way || !live) return;
    if (way === 'open') this.openThere();
    else if (video.readyState >= video.HAVE_METADATA) {
      this.shift.went();
      this.seek(way.seek, live);
    }
  }

  private openThere(): void {
    this.shift.open();
    this.build();
  }

  private seek(to: number, live: number): void {
    this.shifted = live - to > BEHIND_S;
    // hls.js plays faster to come back to the live edge: not when the viewer left it on purpose.
    if (this.hls) this.hls.config.maxLiveSyncPlaybackRate = this.shifted ? 1 : this.settings.maxLiveSyncPlaybackRate || 1;
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

  /** Builds anew where the viewer is: what was seen is not shown again. */
  private rebuild(): void {
    const shown = this.timeline();
    const back = this.shift.from !== null || (this.shifted && this.earliest !== null);
    if (back && shown) this.shift.stay(shown.position);
    this.build();
  }

  private build(): void {
    this.destroy();
    if (this.url === null) return;
    const { from } = this.shift;
    this.shifted = from !== null;
    const live = this.alone.on && this.ladder ? this.ladder.sound : this.url;
    const url = from === null ? live : `${live}?from=${from}`;
    const library = window.Hls;
    if (library && library.isSupported()) this.buildHls(library, url);
    else this.video.src = url;
    this.watchdog.rebuilt(performance.now());
    this.play();
  }

  private buildHls(library: typeof Hls, url: string): void {
    const settings = { ...this.settings, ...this.chosen.settings() };
    const offer = new Offer(url, () => this.rebuild());
    this.offer = offer;
    const hls = new library(this.shifted ? { ...settings, maxLiveSyncPlaybackRate: 1 } : settings);
    this.hls = hls;
    const events = library.Events;
    hls.on(events.ERROR, (_, data) => {
      if (data.response && data.response.code) this.heard();
      if (data.details === library.ErrorDetails.BUFFER_STALLED_ERROR) this.distance.stood();
      const trouble = troubleOf(library, data);
      if (isGone(library, data)) this.soundGone = true;
      if (data.details === library.ErrorDetails.MEDIA_SOURCE_REQUIRES_RESET) this.leaveMedia(hls);
      else if (data.fatal) this.giveUp(trouble);
      else if (trouble !== 'none') this.trouble = trouble;
    });
    hls.on(events.MANIFEST_LOADED, (_, data) => {
      this.heard();
      offer.read((data.networkDetails as XMLHttpRequest).responseText);
      if (!this.alone.on) this.ladder = ladderOf(data.levels);
    });
    hls.on(events.FRAG_CHANGED, (_, { frag }) => offer.at(frag.cc));
    hls.on(events.LEVEL_LOADED, (_, data) => {
      this.heard();
      this.followSequence(data.details);
    });
    hls.on(events.LEVEL_UPDATED, (_, data) => {
      this.details = data.details;
      this.keepDistance(hls, data.details);
    });
    hls.on(events.FRAG_LOADING, (_, data) => (this.loading = data.frag));
    hls.on(events.FRAG_LOADED, (_, { frag }) => {
      this.heard();
      this.loaded += 1;
      this.distance.fetched(frag.stats.loading.end - frag.stats.loading.start, frag.duration);
    });
    hls.on(events.MANIFEST_PARSED, () => {
      // What the device could not play is over, or will be with the next segments.
      if (this.trouble === 'device') this.retries = Math.min(this.retries, 1);
      this.chosen.apply(hls);
      this.play();
    });
    hls.loadSource(url);
    hls.attachMedia(this.video);
  }

  /** Nearer where the device can play faster to come there; never so far that what it could not play comes again. */
  private keepDistance(hls: Hls, details: LevelDetails): void {
    if (details.partList || this.shifted) return;
    const usual = details.targetduration * (hls.config.lowLatencyMode ? this.distance.segments() : USUAL);
    const behind = this.trouble === 'device' ? Math.min(usual, sinceBreak(details)) : usual;
    // hls.js forgets its stalls with it.
    if (behind !== hls.config.liveSyncDuration) hls.targetLatency = behind;
  }

  private destroy(): void {
    this.rebuildAt = null;
    this.lastSequence = -1;
    this.details = null;
    this.shifted = false;
    this.loading = null;
    this.soundGone = false;
    this.endTrial();
    if (this.offer) this.offer.end();
    this.offer = null;
    if (this.hls) {
      this.chosen.note(this.hls);
      this.hls.destroy();
    }
    this.hls = null;
    if (this.video.hasAttribute('src')) {
      this.video.removeAttribute('src');
      this.video.load();
    }
  }

  /** Gives the picture up on a line that does not carry it, and takes it back on one that does. */
  private followLine(now: number): void {
    const { hls, ladder, video } = this;
    if (!hls || !ladder) return;
    const smallest = !hls.autoLevelEnabled || hls.loadLevel <= 0;
    // A line that brings more is not why the picture stands.
    const poor = !this.watchdog.moved() || !carries(ladder, hls.bandwidthEstimate);
    const looks = smallest && poor && this.rebuildAt === null && this.permission !== 'nothing';
    if (looks && this.alone.starves(now, video.currentTime)) {
      this.alone.begin(now);
      this.rebuild();
    }
    const { buffered } = video;
    const inHand = buffered.length > 0 ? buffered.end(buffered.length - 1) - video.currentTime : 0;
    if (!this.alone.tries(now, inHand)) return;
    this.endTrial = tryLine(ladder.picture, (rate) => {
      if (!carries(ladder, rate)) return;
      this.alone.end(performance.now());
      this.rebuild();
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

  /** hls.js would begin anew by the list that it has, again and again where the channel has another codec than that says. */
  private leaveMedia(hls: Hls): void {
    hls.detachMedia();
    this.giveUp(this.trouble);
  }

  private giveUp(trouble: Trouble): void {
    if (this.rebuildAt !== null) return;
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

/** The list of a sound track is there no more (6.2.2), which hls.js takes for a fault of the server. */
function isGone(library: typeof Hls, { details, response }: ErrorData): boolean {
  return details === library.ErrorDetails.AUDIO_TRACK_LOAD_ERROR && response !== undefined && response.code === 404;
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
