// Sees a picture that stands still, and says when to build the player anew.

/** No movement for longer: a viewer sees that it stands. */
const STILL_MS = 2500;
/** No movement and not one byte: nothing will come of this player. */
const DEAD_MS = 6000;
/** Bytes come, and still no movement. */
const STUCK_MS = 20000;
/** A step further than the time allows is a seek, and no movement. */
const SEEK_S = 0.5;
/** Moving for so long, the last fault is over. */
const SETTLED_MS = 5000;

export class Watchdog {
  private position = -1;
  private pushedAt = 0;
  private bytes = 0;
  private movedAt: number | null = null;
  private movingSince: number | null = null;
  private bytesAt: number;
  private waitingSince: number;
  private builtAt: number;

  constructor(now: number) {
    this.bytesAt = now;
    this.waitingSince = now;
    this.builtAt = now;
  }

  /** A new player for the same channel. */
  rebuilt(now: number): void {
    this.position = -1;
    this.bytes = 0;
    this.bytesAt = now;
    this.builtAt = now;
    this.movingSince = null;
  }

  /** What the player shows: position in s, -1 while it is paused, and any count that grows with the bytes loaded. */
  push(now: number, position: number, bytes: number): void {
    if (bytes !== this.bytes) this.bytesAt = now;
    this.bytes = bytes;
    const step = position - this.position;
    const moves = this.position >= 0 && step > 0 && step < (2 * (now - this.pushedAt)) / 1000 + SEEK_S;
    this.position = position;
    this.pushedAt = now;
    if (moves) {
      if (this.movingSince === null) this.movingSince = now;
      this.movedAt = now;
      this.waitingSince = now;
    } else if (!this.moving(now)) {
      this.movingSince = null;
    }
  }

  /** Nobody looks (a hidden page): the time does not count. */
  excuse(now: number): void {
    this.bytesAt = now;
    this.builtAt = now;
    this.waitingSince = now;
    if (this.movedAt !== null) this.movedAt = now;
  }

  moving(now: number): boolean {
    return this.movingSince !== null && this.movedAt !== null && now - this.movedAt < STILL_MS;
  }

  moved(): boolean {
    return this.movedAt !== null;
  }

  waitingMs(now: number): number {
    return now - this.waitingSince;
  }

  settled(now: number): boolean {
    return this.moving(now) && this.movingSince !== null && now - this.movingSince > SETTLED_MS;
  }

  /** Whether this player has to be given up. */
  dead(now: number): boolean {
    const still = now - Math.max(this.movedAt === null ? 0 : this.movedAt, this.builtAt);
    return still > STUCK_MS || (still > DEAD_MS && now - this.bytesAt > DEAD_MS);
  }
}
