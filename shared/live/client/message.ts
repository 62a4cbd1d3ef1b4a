/** A message as it came: a JSON object. */
export type Message = Readonly<Record<string, unknown>>;

/** A place in the log of a channel: all pushes up to the offset, in a log that began as `epoch`. */
export interface LogPlace {
  epoch: string;
  offset: number;
}

/** @returns undefined for what is no JSON object, which the protocol has not */
export function parseMessage(data: unknown): Message | undefined {
  try {
    const value: unknown = JSON.parse(String(data));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The place that an answer names. */
export function placeIn({ epoch, offset }: Message): LogPlace | undefined {
  return typeof epoch === 'string' && isOffset(offset) ? { epoch, offset } : undefined;
}

/** Actions of pushes that belong to no channel. */
const withoutChannel: ReadonlySet<unknown> = new Set(['reconnect', 'progress', 'poll']);

/** Whether the server sent a message by itself. */
export const isPush = ({ push, channel, action }: Message): boolean =>
  push === true && (typeof channel === 'string' || withoutChannel.has(action));

/** The offset of a push that is in the log. */
export const offsetOf = ({ offset }: Message): number | undefined => (isOffset(offset) ? offset : undefined);

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
