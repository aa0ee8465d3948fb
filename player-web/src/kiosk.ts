// A screen that nobody looks after: it stays on, and loads itself anew in the small hours.

import { dayOf, hourOf } from './clock';
import type { Planned } from './meetings';

/** When nothing is on: by Việt Nam's clock. */
const NIGHT_HOUR = 3;
/** A page so young has just been loaded. */
const YOUNG_MS = 2 * 3600 * 1000;
/** So near a meeting the page is left alone. */
const NEAR_MS = 20 * 60 * 1000;

export interface Night {
  /** Wall time in ms. */
  readonly now: number;
  /** How long this page has run, ms. */
  readonly age: number;
  /** The minute of the hour that is this screen's own: thousands do not ask at once. */
  readonly minute: number;
  /** The node answers: what cannot be loaded is not thrown away. */
  readonly reached: boolean;
  readonly planned: ReadonlyArray<Planned>;
  /** The day of the last time, as `dayOf` counts. */
  readonly lastDay: number;
}

/** Whether to load the page anew now. */
export function isTimeToReload({ now, age, minute, reached, planned, lastDay }: Night): boolean {
  if (!reached || age < YOUNG_MS || hourOf(now) !== NIGHT_HOUR || lastDay === dayOf(now)) return false;
  if (Math.floor(now / 60000) % 60 < minute) return false;
  return planned.every((each) => !each.now && (!each.next || each.next.start - now > NEAR_MS));
}

/** Asks the device to keep the screen on; it forgets that whenever the page is hidden. */
export class Wake {
  private sentinel: WakeLockSentinel | null = null;
  private asking = false;

  hold(): void {
    if (this.asking || document.hidden || !('wakeLock' in navigator) || (this.sentinel && !this.sentinel.released)) return;
    this.asking = true;
    navigator.wakeLock.request('screen').then(
      (sentinel) => {
        this.sentinel = sentinel;
        this.asking = false;
      },
      () => {
        // Refused (a low battery): asked again in a minute.
        setTimeout(() => (this.asking = false), 60000);
      },
    );
  }
}

/** Keeps the page itself for the time without a network; only where the browser trusts the address (HTTPS, localhost). */
export function keepPage(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('sw.js').catch(() => undefined);
}
