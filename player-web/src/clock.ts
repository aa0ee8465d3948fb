// The time of day in Việt Nam, which has no daylight saving: no box has to know time zones for it.

const OFFSET_MS = 7 * 3600 * 1000;

const two = (value: number): string => (value < 10 ? '0' : '') + value;

const local = (ms: number): Date => new Date(ms + OFFSET_MS);

/** `14:05` */
export function timeOfDay(ms: number): string {
  const time = local(ms);
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`;
}

/** `14:05:09` */
export function exactTime(ms: number): string {
  return `${timeOfDay(ms)}:${two(local(ms).getUTCSeconds())}`;
}

/** `04:09` within an hour, else `1:04:09`; never below 0. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(seconds % 60)}`;
}

/** The hour of the day, 0 to 23. */
export const hourOf = (ms: number): number => local(ms).getUTCHours();

/** Days since 1970. */
export const dayOf = (ms: number): number => Math.floor((ms + OFFSET_MS) / 86400000);

/** How the days of a language are called. */
export interface Days {
  /** From Sunday on. */
  readonly weekdays: ReadonlyArray<string>;
  readonly tomorrow: string;
}

/** `08:00` of today, else `Ngày mai 08:00` or `Thứ Năm 26/11 08:00`. */
export function moment(ms: number, now: number, { weekdays, tomorrow }: Days): string {
  const time = local(ms);
  const ahead = dayOf(ms) - dayOf(now);
  if (ahead === 0) return timeOfDay(ms);
  const day = ahead === 1 ? tomorrow : `${weekdays[time.getUTCDay()] || ''} ${two(time.getUTCDate())}/${two(time.getUTCMonth() + 1)}`;
  return `${day} ${timeOfDay(ms)}`;
}

/** `Chủ nhật, 22/11/2026`, with the names of the weekdays from Sunday on. */
export function dateOf(ms: number, weekdays: ReadonlyArray<string>): string {
  const time = local(ms);
  const day = weekdays[time.getUTCDay()] || '';
  return `${day}, ${two(time.getUTCDate())}/${two(time.getUTCMonth() + 1)}/${time.getUTCFullYear()}`;
}
