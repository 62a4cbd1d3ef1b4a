import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../shared/platform/logger.ts';

/** An event in the form in which AWS sends it. */
export const recordedEvent = (name: 'sqs-batch' | 'schedule' | 's3-object-created' | 's3-test'): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'events', `${name}.json`), 'utf8'));

/** A log that keeps its lines, with the keys that they have been given. */
export function keptLog() {
  const lines: Record<string, unknown>[] = [];
  let keys: object = {};
  const at =
    (level: string) =>
    (message: string, extra: object = {}) =>
      void lines.push({ level, message, ...keys, ...extra });
  const log: Log = {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    appendKeys(more) {
      keys = { ...keys, ...more };
    },
    resetKeys() {
      keys = {};
    },
  };
  return { log, lines };
}

/** The time by which the chains are tested, in milliseconds since 1970. */
export const now = 1_700_000_000_000;

export function chainContext() {
  const { log, lines } = keptLog();
  return { context: { log, clock: { now: () => now } }, lines };
}
