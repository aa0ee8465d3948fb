// Whether the node can be reached, from every answer heard and every question that failed.

import type { Reach } from './faults';

/** A shorter silence is no loss: one lost packet on a satellite line costs as much. */
const SILENCE_MS = 4000;
/** After so long without any answer, ask. */
const QUIET_MS = 2500;
/** Between two questions while there is no answer: the picture is to be back 5 s after the line. */
const URGENT_MS = 1000;
/** Between two questions while events come by themselves. */
const CALM_MS = 10000;

export class Reachability {
  private heardAt: number | null = null;
  private failedAt: number | null = null;
  private askedAt = -Infinity;
  private errorSince: number | null = null;
  private urgent = true;

  constructor(private readonly startedAt: number) {}

  /** Any answer from the node came, by whatever request. */
  heard(now: number): void {
    this.heardAt = now;
    this.failedAt = null;
  }

  /** The API answered: with what was asked for, or with an error. */
  answered(now: number, good: boolean): void {
    this.heard(now);
    if (good) this.errorSince = null;
    else if (this.errorSince === null) this.errorSince = now;
  }

  /** A request got no answer. */
  failed(now: number): void {
    if (this.failedAt === null) this.failedAt = now;
  }

  /** Something changed at the node: ask soon. */
  changed(): void {
    this.urgent = true;
  }

  /** Whether to ask now; counts as asked when so. */
  ask(now: number): boolean {
    const since = now - this.askedAt;
    const silent = now - this.lastHeard() > QUIET_MS;
    const soon = this.urgent || silent || this.failedAt !== null || this.errorSince !== null;
    if (since < (soon ? URGENT_MS : CALM_MS)) return false;
    this.askedAt = now;
    this.urgent = false;
    return true;
  }

  state(now: number): Reach {
    if (this.failedAt !== null && now - this.lastHeard() > SILENCE_MS) return 'down';
    if (this.heardAt === null) return 'asking';
    return this.errorSince !== null && now - this.errorSince > SILENCE_MS ? 'broken' : 'up';
  }

  private lastHeard(): number {
    return this.heardAt === null ? this.startedAt : this.heardAt;
  }
}
