/** A time as the documented API writes it, always with its fraction. @param time milliseconds since 1970 */
export const documentedTime = (time: number): string =>
  new Date(time).toISOString().replace('T', ' ').replace('Z', '000+00:00');

/** A time in ISO 8601. @param time milliseconds since 1970 */
export const isoTime = (time: number): string => new Date(time).toISOString();
