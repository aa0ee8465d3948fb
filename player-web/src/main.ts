// The page's life: one tick four times a second looks at what is watched and paints it; presses come between.

import { dayOf } from './clock';
import { Digits } from './digits';
import { element } from './dom';
import { focused } from './focus';
import { keep, kept } from './kept';
import { actionOf, forTyping, repeats, type Action } from './keys';
import { isTimeToReload, keepPage, Wake } from './kiosk';
import { reload } from './reload';
import { Layers } from './layers';
import { rowId } from './list';
import { atTime, UNPLANNED } from './meetings';
import type { Name, Panel } from './menu';
import { Menus } from './menus';
import { deviceOf } from './profile';
import { Screen } from './screen';
import { Choices } from './settings';
import type { Layer, Press } from './view';
import { Viewing } from './viewing';
import { wordsOf } from './words';
import { askForKeys, enterFullScreen, fullScreen, guardBack, leavePage, onAddress, onAndroidBack } from './browser';

const TICK_MS = 250;
/** A step on the time bar, s. */
const STEP_S = 10;
/** A finger that woke the controls has pressed none of them. */
const TAP_MS = 1000;
/** What somebody left open on a screen that nobody looks after. */
const FORGOTTEN_MS = 60000;
/** Between two trials to load the page anew. */
const RELOAD_EVERY_MS = 60000;

class App {
  private readonly device = deviceOf(navigator.userAgent);
  private readonly choices = new Choices(new URLSearchParams(location.search));
  private readonly viewing = new Viewing(this.device, this.choices);
  private readonly player = this.viewing.player;
  private readonly node = this.viewing.node;
  private readonly screen = new Screen();
  private readonly layers = new Layers();
  private readonly digits = new Digits();
  private readonly menus = new Menus(this.choices, this.player);
  private readonly wakeLock = new Wake();
  private readonly minute = Math.floor(Math.random() * 50);
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
    window.addEventListener('pagehide', () => this.viewing.close());
    keepPage();
    askForKeys();
    this.layers.wake();
    this.tick();
    this.layers.enter();
    setInterval(() => this.tick(), TICK_MS);
  }

  private tick(): void {
    const now = performance.now();
    this.viewing.tick(now);
    const number = this.digits.take(now);
    if (number !== null) this.tuneNumber(now, number);
    if (this.choices.kiosk) this.mind(now);
    this.paint();
  }

  /** What a screen does that nobody looks after. */
  private mind(now: number): void {
    this.wakeLock.hold();
    if (this.layers.top !== 'watch' && this.layers.idleMs(now) > FORGOTTEN_MS) this.show('watch');
    const wall = this.viewing.wallTime();
    const planned = (this.node.channels || []).map((channel) => atTime(channel.planned, wall));
    const reached = this.node.state(now) === 'up';
    const night = { now: wall, age: now, minute: this.minute, reached, planned, lastDay: Number(kept('reloaded')) };
    if (now < this.reloadAt || !isTimeToReload(night)) return;
    this.reloadAt = now + RELOAD_EVERY_MS;
    reload(() => keep('reloaded', String(dayOf(wall))));
  }

  private paint(): void {
    const { language, size } = this.choices;
    const { viewing } = this;
    const { channel, fault } = viewing;
    const now = viewing.wallTime();
    document.documentElement.setAttribute('data-size', String(size));
    this.screen.paint({
      words: wordsOf(language),
      language,
      device: this.device,
      channel,
      channels: this.node.channels || [],
      help: this.node.help,
      planned: channel ? atTime(channel.planned, now) : UNPLANNED,
      over: viewing.over(performance.now()),
      fault,
      code: viewing.code(),
      since: viewing.since(),
      now,
      press: viewing.press(),
      awake: this.awake(),
      layer: this.layers.top,
      panel: this.panel(),
      timeline: this.player.timeline(),
      digits: this.digits.shown(performance.now()),
      fullScreen: this.device === 'pc' ? fullScreen() : null,
    });
    // What had the focus may be gone: a remote would press nothing.
    if (document.activeElement === document.body) this.layers.enter();
  }

  private awake(): boolean {
    return this.viewing.covered() || this.layers.awake();
  }

  private panel(): Panel | null {
    return this.menus.panel(this.node.help, this.viewing.code(), this.viewing.again());
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
    const press = this.viewing.press();
    if (action !== 'back' && !this.viewing.left && this.player.permission !== 'sound') this.player.allow();
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
    if (this.viewing.left && this.layers.top === 'watch' && (onSound || !target)) this.watchAgain();
    else if (press !== 'sound' && press !== 'watch' && asleep) return;
    else if ((press === 'sound' || press === 'watch') && this.layers.top === 'watch' && (asleep || onSound || !target)) return;
    else if (target instanceof HTMLInputElement) this.layers.move('down');
    else if (target) target.click();
    else this.layers.enter();
  }

  /** Closes the top layer, then the controls, then asks. */
  private back(asleep: boolean): void {
    this.digits.cancel();
    if (this.layers.top === 'panel') this.closePanel();
    else if (this.layers.top !== 'watch') this.show('watch');
    else if (!asleep && !this.viewing.covered()) this.layers.sleep();
    else if (!this.viewing.left) this.show('ask');
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
    if (!event.isTrusted || this.viewing.left || this.player.permission === 'sound') return;
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
    if (this.viewing.left) this.watchAgain();
    else if (this.player.permission !== 'sound') this.player.allow();
    else this.viewing.video.muted = !this.viewing.video.muted;
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
    const panel = this.panel();
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
    if (this.viewing.channel) element('list').setAttribute('data-kept', rowId(this.viewing.channel));
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
    this.layers.wake();
    this.viewing.zap(by);
    if (this.layers.top !== 'watch') this.show('watch');
    else this.paint();
  }

  private tuneNumber(now: number, number: number): void {
    if (this.viewing.tuneNumber(number)) this.layers.wake();
    else this.digits.refuse(now, number);
  }

  private tuneTo(id: string): void {
    this.layers.wake();
    this.viewing.tuneTo(id);
    this.paint();
  }

  private watchAgain(): void {
    guardBack();
    this.viewing.watchAgain();
    this.paint();
  }

  private leave(): void {
    this.viewing.leave();
    element('bar').setAttribute('data-kept', 'to-sound');
    this.show('watch');
    leavePage();
  }
}

new App().start();
