// What is reported of this hall: the state of the picture, and a code for each fault that has a screen.

import { beacon, Reporter, sendTo, type PlayState } from './cmcd';
import { reportCode, uuid } from './codes';
import { BETWEEN, REPORT, type Fault } from './faults';
import type { Player } from './player';

const ADDRESS = 'cmcd';

export interface Seen {
  readonly fault: Fault | null;
  readonly channel: string | null;
  readonly hall: string;
  readonly left: boolean;
}

export class Reports {
  /** What the hall reads out; empty while there is nothing to report. */
  code = '';
  private of = '';
  private channel: string | null = null;
  private readonly reporter = new Reporter(uuid(), sendTo(ADDRESS));

  constructor(private readonly player: Player, private readonly video: HTMLVideoElement) {}

  /** Called a few times a second: `now` runs evenly, `wall` is Unix ms. */
  tick(now: number, wall: number, seen: Seen): void {
    this.follow(seen);
    const report = seen.fault && REPORT[seen.fault.kind];
    const fault = report && { word: report.word, who: report.who, code: this.code };
    const hls = this.player.engine();
    const level = hls && hls.levels[hls.currentLevel >= 0 ? hls.currentLevel : hls.loadLevel];
    const { buffered, currentTime } = this.video;
    const end = buffered.length > 0 ? buffered.end(buffered.length - 1) : currentTime;
    this.reporter.push(now, wall, {
      state: this.state(now, seen),
      channel: seen.channel,
      bufferMs: hls ? Math.max(0, end - currentTime) * 1000 : null,
      bitrate: level ? level.bitrate / 1000 : null,
      topBitrate: hls && hls.levels.length > 0 ? Math.max(...hls.levels.map(({ bitrate }) => bitrate)) / 1000 : null,
      throughput: hls && !isNaN(hls.bandwidthEstimate) ? hls.bandwidthEstimate / 1000 : null,
      latencyMs: hls && hls.latency > 0 ? hls.latency * 1000 : null,
      dropped: this.video.getVideoPlaybackQuality ? this.video.getVideoPlaybackQuality().droppedVideoFrames : null,
      hall: seen.hall,
      fault,
    });
  }

  /** The page goes. */
  close(wall: number): void {
    beacon(ADDRESS, this.reporter.last(wall));
  }

  private follow({ fault, channel }: Seen): void {
    const report = fault && REPORT[fault.kind];
    const of = report ? `${report.word} ${report.who}` : '';
    const same = channel === this.channel;
    if (same && (of === this.of || (fault && !report && BETWEEN.indexOf(fault.kind) >= 0))) return;
    this.channel = channel;
    this.of = of;
    this.code = report ? reportCode() : '';
  }

  private state(now: number, { fault, left }: Seen): PlayState {
    const { moving, moved, awaited, trouble } = this.player.playing(now);
    if (left) return 'e';
    if (trouble === 'press') return 'a';
    if (moving) return 'p';
    if (trouble === 'device') return 'f';
    if (!this.player.isOpen()) return 'w';
    if (awaited) return 'k';
    return moved || (fault && fault.kind === 'resuming') ? 'r' : 's';
  }
}
