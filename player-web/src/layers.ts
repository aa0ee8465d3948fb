// What lies above the picture: which layer is open, and how long the controls are seen.

import { element } from './dom';
import { enter, move, remember, type Direction } from './focus';
import type { Layer } from './view';

/** The controls go so long after the last press. */
const AWAKE_MS = 5000;

const IDS: { readonly [L in Layer]: string } = { watch: 'bar', list: 'list', panel: 'panel', ask: 'ask' };

export class Layers {
  /** The one on top. */
  top: Layer = 'watch';
  private awakeUntil = 0;
  private pointerAt = '';

  /** What holds the focus. */
  scope(): HTMLElement {
    return element(IDS[this.top]);
  }

  awake(): boolean {
    return this.top !== 'watch' || performance.now() < this.awakeUntil;
  }

  /** Since the last press, beyond the time that the controls stay. */
  idleMs(now: number): number {
    return now - this.awakeUntil;
  }

  wake(): void {
    this.awakeUntil = performance.now() + AWAKE_MS;
  }

  sleep(): void {
    this.awakeUntil = 0;
  }

  /** Browsers also report a pointer that lies still, when the page changes under it. */
  pointer({ screenX, screenY }: MouseEvent): void {
    const at = `${screenX} ${screenY}`;
    if (at !== this.pointerAt) this.wake();
    this.pointerAt = at;
  }

  enter(): void {
    enter(this.scope());
  }

  move(direction: Direction): void {
    move(this.scope(), direction);
  }

  focusMoved(): void {
    this.wake();
    remember(this.scope());
  }
}
