// The time of day in Việt Nam, which has no daylight saving: no box has to know time zones for it.

const OFFSET_MS = 7 * 3600 * 1000;

const two = (value: number): string => (value < 10 ? '0' : '') + value;

const local = (ms: number): Date => new Date(ms + OFFSET_MS);

/** `14:05` */
export function timeOfDay(ms: number): string {
  const time = local(ms);
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`;
}

/** `Chủ nhật, 22/11/2026`, with the names of the weekdays from Sunday on. */
export function dateOf(ms: number, weekdays: ReadonlyArray<string>): string {
  const time = local(ms);
  const day = weekdays[time.getUTCDay()] || '';
  return `${day}, ${two(time.getUTCDate())}/${two(time.getUTCMonth() + 1)}/${time.getUTCFullYear()}`;
}
