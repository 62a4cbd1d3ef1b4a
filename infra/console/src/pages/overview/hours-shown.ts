const hourTime = 3_600_000;

/** Start of the hour of a time, both in milliseconds since 1970. */
export const startOfHour = (at: number): number => at - (at % hourTime);
const hoursOfDay = 24;

/** Numbers of an hour that are shown. */
export const quantities = ['messages', 'files', 'bytes', 'held', 'incidents', 'oldestAge'] as const;
export type Quantity = (typeof quantities)[number];

/** An hour that has begun at `at`; without numbers where the gateway has told none. */
export interface ShownHour<Hour> {
  at: number;
  numbers: Hour | undefined;
}

/**
 * The last 24 hours without a gap, the present one last. Hours are those of UTC, so that none is missing or there twice where clocks
 * are changed.
 *
 * @param now milliseconds since 1970
 */
export function hoursShown<Hour extends { at: number }>(hours: readonly Hour[], now: number): ShownHour<Hour>[] {
  const byTime = new Map(hours.map((hour) => [hour.at, hour]));
  // The gateway's clock may be a little ahead.
  const current = Math.max(startOfHour(now), hours.at(-1)?.at ?? 0);
  return Array.from({ length: hoursOfDay }, (_, index) => {
    const at = current - (hoursOfDay - 1 - index) * hourTime;
    return { at, numbers: byTime.get(at) };
  });
}

/** The first of 2, 4, 6, 8, 10, 20, 40 and so on that is not less than a number: a whole number whose half is whole, too. */
export function roundedUp(value: number): number {
  const power = 10 ** Math.max(0, Math.ceil(Math.log10(Math.max(1, value))) - 1);
  return 2 * power * Math.max(1, Math.ceil(value / (2 * power)));
}
