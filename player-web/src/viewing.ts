// What is watched: the channel as the node has it, the player on it, and what is wrong with it.

import { find, first, step, type Channel } from './channels';
import { diagnose, FIRST_SEGMENTS_S, isMeanwhile, type Fault } from './faults';
import { element } from './dom';
import { keep, kept } from './kept';
import { atTime, type Meeting } from './meetings';
import { Node } from './node';
import { Player } from './player';
import { settingsOf, type Device } from './profile';
import { Reports } from './reports';
import { countedBy, Senses } from './senses';
import type { Choices } from './settings';
import type { Press } from './view';
import { setAddress } from './browser';

/** Who comes so long after a meeting began is offered its beginning. */
const LATE_MS = 60000;
/** Who goes on through the channels within this is not shown each. */
const RUSH_MS = 1000;
/** After the last of them it is opened. */
const REST_MS = 300;

export class Viewing {
  readonly node = new Node('api/v1/', performance.now());
  readonly video = element('video') as HTMLVideoElement;
  readonly player: Player;
  private readonly reports: Reports;
  private senses = new Senses();
  private asked = location.hash.slice(1);
  private faultOf = '';
  private faultSince = 0;
  private tunedAt = -Infinity;
  private openAt = 0;
  channel: Channel | null = null;
  /** What is wrong with it. */
  fault: Fault | null = null;
  /** Whether the viewer stopped. */
  left = false;

  constructor(device: Device, private readonly choices: Choices) {
    this.player = new Player(this.video, settingsOf(device), () => this.node.heard());
    this.reports = new Reports(this.player, this.video);
  }

  tick(now: number): void {
    this.node.tick(now);
    this.player.line(this.node.state(now) !== 'down');
    this.follow();
    this.play(now);
    this.player.tick(now);
    this.senses.push(now, this.player.playing(now).moving && !document.hidden, countedBy(this.video));
    this.decide(now);
    const channel = this.channel && this.channel.id;
    if (channel || this.fault) this.reports.tick(now, this.wallTime(), { fault: this.fault, channel, hall: this.choices.hall, left: this.left });
  }

  close(): void {
    this.reports.close(this.wallTime());
  }

  /** Whether something wrong has the screen. */
  covered(): boolean {
    return this.fault !== null && this.fault.cover;
  }

  /** Since when, as the wall clock tells it. */
  since(): number {
    return this.wallTime() - (performance.now() - this.faultSince);
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
  over(now: number): Meeting | null {
    const { channel } = this;
    const silent = channel !== null && (channel.slate || channel.state !== 'on-air') && this.node.state(now) === 'up';
    return silent && channel ? this.node.over(channel.id, now) : null;
  }

  wallTime(): number {
    return Date.now() + this.node.clockOffset;
  }

  press(): Press {
    if (this.left) return 'again';
    if (this.player.permission === 'nothing') return 'watch';
    if (this.player.permission === 'picture') return 'sound';
    return this.video.muted ? 'unmute' : 'mute';
  }

  /** From when on the meeting that is on can be watched again. */
  again(): number | null {
    const { channel } = this;
    const meeting = channel && atTime(channel.planned, this.wallTime()).now;
    const seen = meeting && channel && channel.earliest !== null && this.wallTime() - meeting.start > LATE_MS;
    return seen ? Math.max(meeting.start, channel.earliest) : null;
  }

  /** What the hall reads out when it calls. */
  code(): string {
    return this.fault ? this.reports.code : '';
  }

  zap(by: 1 | -1): void {
    const channel = step(this.node.channels || [], this.channel && this.channel.id, by);
    if (channel) this.tune(channel);
  }

  /** Whether there is a channel of that number. */
  tuneNumber(number: number): boolean {
    const channel = (this.node.channels || []).filter((each) => each.number === number)[0];
    if (channel) this.tune(channel);
    return channel !== undefined;
  }

  tuneTo(id: string): void {
    this.asked = id;
    const channel = find(this.node.channels || [], id);
    if (channel) this.tune(channel);
  }

  private tune(channel: Channel): void {
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
    this.tick(now);
  }

  watchAgain(): void {
    this.left = false;
    this.player.allow();
    this.tick(performance.now());
  }

  leave(): void {
    this.left = true;
    this.player.close();
  }
}
