// The page's life: one tick four times a second asks, plays, decides and paints; presses come between.

import { find, first, step, type Channel } from './channels';
import { dayOf } from './clock';
import { diagnose, FIRST_SEGMENTS_S, isMeanwhile, type Fault } from './faults';
import { Digits } from './digits';
import { element } from './dom';
import { focused } from './focus';
import { keep, kept } from './kept';
import { actionOf, forTyping, repeats, type Action } from './keys';
import { isTimeToReload, keepPage, Wake } from './kiosk';
import { reload } from './reload';
import { Layers } from './layers';
import { rowId } from './list';
import { atTime, UNPLANNED, type Meeting } from './meetings';
import type { Name } from './menu';
import { Menus } from './menus';
import { Node } from './node';
import { Player } from './player';
import { deviceOf, settingsOf } from './profile';
import { Reports } from './reports';
import { Screen } from './screen';
import { countedBy, Senses } from './senses';
import { Choices } from './settings';
import type { Layer, Press } from './view';
import { wordsOf } from './words';
import { askForKeys, enterFullScreen, fullScreen, guardBack, leavePage, onAddress, onAndroidBack, setAddress } from './browser';

const TICK_MS = 250;
/** Who comes so long after a meeting began is offered its beginning. */
const LATE_MS = 60000;
/** A step on the time bar, s. */
const STEP_S = 10;
/** Who goes on through the channels within this is not shown each. */
const RUSH_MS = 1000;
/** After the last of them it is opened. */
const REST_MS = 300;
/** A finger that woke the controls has pressed none of them. */
const TAP_MS = 1000;
/** What somebody left open on a screen that nobody looks after. */
const FORGOTTEN_MS = 60000;
/** Between two trials to load the page anew. */
const RELOAD_EVERY_MS = 60000;

class App {
  private readonly device = deviceOf(navigator.userAgent);
  private readonly node = new Node('api/v1/', performance.now());
  private readonly video = element('video') as HTMLVideoElement;
  private readonly player = new Player(this.video, settingsOf(this.device), () => this.node.heard());
  private readonly screen = new Screen();
  private readonly layers = new Layers();
  private readonly digits = new Digits();
  private readonly choices = new Choices(new URLSearchParams(location.search));
  private readonly menus = new Menus(this.choices, this.player);
  private readonly reports = new Reports(this.player, this.video);
  private readonly wakeLock = new Wake();
  private readonly minute = Math.floor(Math.random() * 50);
  private senses = new Senses();
  private channel: Channel | null = null;
  private asked = location.hash.slice(1);
  private left = false;
  private fault: Fault | null = null;
  private faultSince = 0;
  private faultOf = '';
  private tunedAt = -Infinity;
  private openAt = 0;
  private wokenAt = -Infinity;
  private reloadAt = 0;

  start(): void {
    document.addEventListener('keydown', (event) => this.key(event));
    document.addEventListener('click', (event) => this.click(event), true);
    document.addEventListener('mousemove', (event) => this.layers.pointer(event));
    document.addEventListener('touchstart', () => this.touch());
    document.addEventListener('focusin', () => this.layers.focusMoved());
    document.addEventListener('visibilitychange', () => document.hidden || this.player.shown());
    document.addEventListener('fullscreenchange', () => this.paint());
    for (const name of ['online', 'offline']) window.addEventListener(name, () => this.node.changed());
    onAddress((channel) => this.tuneTo(channel));
    onAndroidBack(() => this.act('back'));
    element('to-list').addEventListener('click', () => this.openList());
    element('to-sound').addEventListener('click', () => this.pressSound());
    element('to-screen').addEventListener('click', () => enterFullScreen(!fullScreen()));
    element('to-menu').addEventListener('click', () => this.openMenu('menu'));
    element('to-back').addEventListener('click', () => this.step(-STEP_S));
    element('to-forward').addEventListener('click', () => this.step(STEP_S));
    element('to-live').addEventListener('click', () => this.toLive());
    element('panel-rows').addEventListener('click', (event) => this.clickPanel(event));
    element('stay').addEventListener('click', () => this.show('watch'));
    element('leave').addEventListener('click', () => this.leave());
    element('rows').addEventListener('click', (event) => this.clickRow(event));
    for (const id of ['list-close', 'panel-close', 'stage']) element(id).addEventListener('click', () => this.clickAway());
    window.addEventListener('pagehide', () => this.reports.close(this.wallTime()));
    keepPage();
    askForKeys();
    this.layers.wake();
    this.tick();
    this.layers.enter();
    setInterval(() => this.tick(), TICK_MS);
  }

  private tick(): void {
    const now = performance.now();
    this.node.tick(now);
    this.player.line(this.node.state(now) !== 'down');
    this.follow();
    this.play(now);
    this.player.tick(now);
    const number = this.digits.take(now);
    if (number !== null) this.tuneNumber(now, number);
    this.senses.push(now, this.player.playing(now).moving && !document.hidden, countedBy(this.video));
    this.decide(now);
    const channel = this.channel && this.channel.id;
    if (channel || this.fault) this.reports.tick(now, this.wallTime(), { fault: this.fault, channel, hall: this.choices.hall, left: this.left });
    if (this.choices.kiosk) this.mind(now);
    this.paint();
  }

  /** What a screen does that nobody looks after. */
  private mind(now: number): void {
    this.wakeLock.hold();
    if (this.layers.top !== 'watch' && this.layers.idleMs(now) > FORGOTTEN_MS) this.show('watch');
    const wall = this.wallTime();
    const planned = (this.node.channels || []).map((channel) => atTime(channel.planned, wall));
    const reached = this.node.state(now) === 'up';
    const night = { now: wall, age: now, minute: this.minute, reached, planned, lastDay: Number(kept('reloaded')) };
    if (now < this.reloadAt || !isTimeToReload(night)) return;
    this.reloadAt = now + RELOAD_EVERY_MS;
    reload(() => keep('reloaded', String(dayOf(wall))));
  }

  /** The channel as the node has it now; another one where it is gone. */
  private follow(): void {
    const channels = this.node.channels;
    if (!channels) return;
    const was = this.channel && this.channel.id;
    this.channel = find(channels, this.asked) || find(channels, was) || first(channels, null, kept('channel'));
    if (this.channel && this.asked === '') this.asked = this.channel.id;
    if (!this.channel || this.channel.id !== was) this.player.close();
  }

  private play(now: number): void {
    const channel = this.channel;
    const { moving, behind } = this.player.playing(now);
    const comes = channel !== null && channel.hls === 'ready' && (channel.state === 'on-air' || behind);
    const wanted = comes && !this.left && now >= this.openAt;
    this.player.reaches(channel && channel.earliest);
    if (wanted && channel) this.player.open(`hls/${encodeURIComponent(channel.id)}/index.m3u8`);
    else if (!moving) this.player.close();
    // No event tells of the first segment.
    const soon = channel !== null && channel.hls === 'unavailable' && channel.state === 'on-air' && channel.stateSeconds < FIRST_SEGMENTS_S;
    if (soon) this.node.changed();
  }

  private decide(now: number): void {
    const { left, node, channel } = this;
    const fault = diagnose({
      left,
      reach: node.state(now),
      channels: node.channels,
      channel,
      playing: this.player.playing(now),
      here: this.senses.here(now),
      now: this.wallTime(),
      over: this.over(now),
    });
    const of = channel ? channel.id : '';
    const lasts = this.fault !== null && this.fault.cover && of === this.faultOf && !isMeanwhile(this.fault);
    if (fault && fault.cover && !lasts) this.faultSince = now;
    this.faultOf = of;
    this.fault = fault;
  }

  /** The meeting that was over last, where nothing comes on this channel. */
  private over(now: number): Meeting | null {
    const { channel } = this;
    const silent = channel !== null && (channel.slate || channel.state !== 'on-air') && this.node.state(now) === 'up';
    return silent && channel ? this.node.over(channel.id, now) : null;
  }

  private paint(): void {
    const { language, size } = this.choices;
    const now = this.wallTime();
    document.documentElement.setAttribute('data-size', String(size));
    this.screen.paint({
      words: wordsOf(language),
      language,
      device: this.device,
      channel: this.channel,
      channels: this.node.channels || [],
      help: this.node.help,
      planned: this.channel ? atTime(this.channel.planned, now) : UNPLANNED,
      over: this.over(performance.now()),
      fault: this.fault,
      code: this.reports.code,
      since: now - (performance.now() - this.faultSince),
      now,
      press: this.press(),
      awake: this.awake(),
      layer: this.layers.top,
      panel: this.menus.panel(this.node.help, this.code(), this.again()),
      timeline: this.player.timeline(),
      digits: this.digits.shown(performance.now()),
      fullScreen: this.device === 'pc' ? fullScreen() : null,
    });
    // What had the focus may be gone: a remote would press nothing.
    if (document.activeElement === document.body) this.layers.enter();
  }

  private wallTime(): number {
    return Date.now() + this.node.clockOffset;
  }

  private awake(): boolean {
    const covered = this.fault !== null && this.fault.cover;
    return covered || this.layers.awake();
  }

  private press(): Press {
    if (this.left) return 'again';
    if (this.player.permission === 'nothing') return 'watch';
    if (this.player.permission === 'picture') return 'sound';
    return this.video.muted ? 'unmute' : 'mute';
  }

  private key(event: KeyboardEvent): void {
    const action = actionOf(event);
    if (!action || (event.target instanceof HTMLInputElement && forTyping(event))) return;
    event.preventDefault();
    if (event.repeat && !repeats(action)) return;
    this.act(action);
    this.paint();
  }

  private act(action: Action): void {
    const asleep = !this.awake();
    const press = this.press();
    if (action !== 'back' && !this.left && this.player.permission !== 'sound') this.player.allow();
    if (action === 'channelUp' || action === 'channelDown') this.zap(action === 'channelUp' ? -1 : 1);
    else if (/^[0-9]$/.test(action)) this.digit(action);
    else if (action === 'info') this.toggleAwake();
    else if (action === 'red') this.toggleList();
    else if (action === 'green') this.toggleMenu('menu');
    else if (action === 'blue') this.toggleMenu('help');
    else if (action === 'yellow') this.backToLive();
    else if (action === 'back') this.back(asleep);
    else if (action === 'ok') this.ok(asleep, press);
    else if (this.layers.top === 'watch' && (action === 'up' || action === 'down')) this.zap(action === 'up' ? -1 : 1);
    else if (this.layers.top === 'list' && (action === 'left' || action === 'right')) this.show('watch');
    else if (action === 'up' || action === 'down' || action === 'left' || action === 'right') {
      if (!asleep) this.layers.move(action);
      this.layers.wake();
    }
  }

  private ok(asleep: boolean, press: Press): void {
    this.layers.wake();
    if (this.digits.complete()) return;
    const target = focused(this.layers.scope());
    const onSound = target !== null && target.id === 'to-sound';
    if (this.left && this.layers.top === 'watch' && (onSound || !target)) this.watchAgain();
    else if (press !== 'sound' && press !== 'watch' && asleep) return;
    else if ((press === 'sound' || press === 'watch') && this.layers.top === 'watch' && (asleep || onSound || !target)) return;
    else if (target instanceof HTMLInputElement) this.layers.move('down');
    else if (target) target.click();
    else this.layers.enter();
  }

  /** Closes the top layer, then the controls, then asks. */
  private back(asleep: boolean): void {
    this.digits.cancel();
    const covered = this.fault !== null && this.fault.cover;
    if (this.layers.top === 'panel') this.closePanel();
    else if (this.layers.top !== 'watch') this.show('watch');
    else if (!asleep && !covered) this.layers.sleep();
    else if (!this.left) this.show('ask');
  }

  private toggleAwake(): void {
    if (this.awake()) this.layers.sleep();
    else this.layers.wake();
  }

  private toggleList(): void {
    if (this.layers.top === 'list') this.show('watch');
    else this.openList();
  }

  private toggleMenu(name: Name): void {
    if (this.menus.shows(name)) this.show('watch');
    else this.openMenu(name);
  }

  private backToLive(): void {
    const timeline = this.player.timeline();
    this.show('watch');
    if (timeline && timeline.behind) this.toLive();
  }

  private digit(digit: string): void {
    this.layers.wake();
    const channels = this.node.channels || [];
    this.digits.push(performance.now(), digit, Math.max(...channels.map(({ number }) => number)));
  }

  /** A touch wakes the controls before the click that follows it comes to one that was not seen. */
  private touch(): void {
    this.wokenAt = this.awake() ? -Infinity : performance.now();
    this.layers.wake();
  }

  /** Before any button hears of it: a press anywhere lets the sound through. */
  private click(event: MouseEvent): void {
    this.layers.wake();
    if (performance.now() - this.wokenAt < TAP_MS) event.stopPropagation();
    if (!event.isTrusted || this.left || this.player.permission === 'sound') return;
    this.player.allow();
    if (event.target instanceof Element && element('to-sound').contains(event.target)) event.stopPropagation();
    this.paint();
  }

  private clickRow(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest('[data-channel]') : null;
    if (!target) return;
    this.tuneTo(target.getAttribute('data-channel') || '');
    this.show('watch');
  }

  private pressSound(): void {
    if (this.left) this.watchAgain();
    else if (this.player.permission !== 'sound') this.player.allow();
    else this.video.muted = !this.video.muted;
    this.paint();
  }

  private step(by: number): void {
    this.player.step(by);
    this.paint();
  }

  private toLive(): void {
    this.player.toLive();
    this.paint();
    this.layers.enter();
  }

  /** From when on the meeting that is on can be watched again. */
  private again(): number | null {
    const { channel } = this;
    const meeting = channel && atTime(channel.planned, this.wallTime()).now;
    const seen = meeting && channel && channel.earliest !== null && this.wallTime() - meeting.start > LATE_MS;
    return seen ? Math.max(meeting.start, channel.earliest) : null;
  }

  /** What the hall reads out when it calls. */
  private code(): string {
    return this.fault ? this.reports.code : '';
  }

  private openMenu(name: Name): void {
    this.menus.closeAll();
    this.menus.open(name);
    this.showPanel();
  }

  private showPanel(): void {
    this.layers.top = 'panel';
    this.paint();
    element('panel').setAttribute('data-kept', this.menus.focus());
    this.show('panel');
  }

  private closePanel(): void {
    if (this.menus.back()) this.showPanel();
    else this.show('watch');
  }

  /** What is open is closed by its cross, or by a press beside it. */
  private clickAway(): void {
    if (this.layers.top !== 'watch') this.back(false);
  }

  private clickPanel(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest('[data-row]') : null;
    const id = target && target.getAttribute('data-row');
    const panel = this.menus.panel(this.node.help, this.code(), this.again());
    const row = panel && panel.rows.filter((each) => each.id === id)[0];
    if (!row) return;
    const done = this.menus.pick(row.pick);
    if (done === 'opened') this.showPanel();
    else if (done === 'close') this.closePanel();
    else if (done === 'stop') this.show('ask');
    else if (done === 'watch') this.show('watch');
    this.paint();
  }

  private openList(): void {
    if (this.channel) element('list').setAttribute('data-kept', rowId(this.channel));
    this.show('list');
  }

  private show(layer: Layer): void {
    if (layer !== 'panel') this.menus.closeAll();
    if (layer === 'ask') element('ask').removeAttribute('data-kept');
    this.layers.top = layer;
    this.layers.wake();
    this.paint();
    this.layers.enter();
  }

  private zap(by: 1 | -1): void {
    const channel = step(this.node.channels || [], this.channel && this.channel.id, by);
    if (channel) this.tune(channel);
    if (this.layers.top !== 'watch') this.show('watch');
  }

  private tuneNumber(now: number, number: number): void {
    const channel = (this.node.channels || []).filter((each) => each.number === number)[0];
    if (channel) this.tune(channel);
    else this.digits.refuse(now, number);
  }

  private tuneTo(id: string): void {
    this.asked = id;
    const channel = find(this.node.channels || [], id);
    if (channel) this.tune(channel);
  }

  private tune(channel: Channel): void {
    this.layers.wake();
    this.left = false;
    keep('channel', channel.id);
    if (this.channel && this.channel.id === channel.id) return;
    this.asked = channel.id;
    this.channel = channel;
    this.senses = new Senses();
    this.player.close();
    setAddress(channel.id);
    const now = performance.now();
    this.openAt = now - this.tunedAt < RUSH_MS ? now + REST_MS : now;
    this.tunedAt = now;
    this.tick();
  }

  private watchAgain(): void {
    this.left = false;
    guardBack();
    this.player.allow();
    this.tick();
  }

  private leave(): void {
    this.left = true;
    this.player.close();
    element('bar').setAttribute('data-kept', 'to-sound');
    this.show('watch');
    leavePage();
  }
}

new App().start();
