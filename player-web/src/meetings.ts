// What the schedule says of a channel, and what a hall is told of it.

import { isObject } from './json';

export type Class = 'normal' | 'priority' | 'emergency';

const CLASSES: ReadonlyArray<Class> = ['normal', 'priority', 'emergency'];

/** Times are Unix ms. */
export interface Meeting {
  readonly title: string;
  readonly start: number;
  readonly end: number;
  readonly class: Class;
  /** Who broadcasts; empty when nobody said. */
  readonly originator: string;
}

/** By the schedule: what is on, and what begins next. */
export interface Planned {
  readonly now: Meeting | null;
  readonly next: Meeting | null;
}

export const UNPLANNED: Planned = { now: null, next: null };

/** A meeting further off is a line in the list, and no countdown. */
const COUNTDOWN_MS = 24 * 3600 * 1000;
/** So long after a meeting its hall still sees that it is over. */
export const OVER_MS = 3 * 3600 * 1000;

/** `null` of what is no meeting or was called off. */
export function meetingOf(entry: unknown): Meeting | null {
  if (!isObject(entry) || entry['cancelled'] === true) return null;
  const { title, originator } = entry;
  const start = Date.parse(String(entry['start']));
  const end = Date.parse(String(entry['end']));
  if (typeof title !== 'string' || isNaN(start) || isNaN(end) || end <= start) return null;
  return {
    title,
    start,
    end,
    class: CLASSES.filter((known) => known === entry['class'])[0] || 'normal',
    originator: typeof originator === 'string' ? originator : '',
  };
}

export function plannedOf(entry: unknown): Planned {
  return isObject(entry) ? { now: meetingOf(entry['now']), next: meetingOf(entry['next']) } : UNPLANNED;
}

/** What is on and next at `now`: the node's word may be some seconds old, and older without a line. */
export function atTime(planned: Planned, now: number): Planned {
  const on = (meeting: Meeting | null): meeting is Meeting => meeting !== null && meeting.start <= now && now < meeting.end;
  const { next } = planned;
  const current = on(planned.now) ? planned.now : on(next) ? next : null;
  return { now: current, next: next && next.start > now ? next : null };
}

/** The meeting to count down to. */
export function soon(planned: Planned, now: number): Meeting | null {
  const { next } = planned;
  return next && next.start - now < COUNTDOWN_MS ? next : null;
}

/** The one that was over last in the body of `GET /api/v1/meetings?all=true`, within `OVER_MS`. */
export function lastOver(body: string, now: number): Meeting | null {
  let entries: unknown;
  try {
    entries = JSON.parse(body);
  } catch (error) {
    return null;
  }
  if (!Array.isArray(entries)) return null;
  let last: Meeting | null = null;
  for (const entry of entries as unknown[]) {
    const meeting = meetingOf(entry);
    if (!meeting || meeting.end > now || now - meeting.end > OVER_MS) continue;
    if (!last || meeting.end > last.end) last = meeting;
  }
  return last;
}
