import type { Log } from '../../../shared/platform/logger.ts';

/** A log that keeps its lines, with the keys that they have been given. */
function keptLog() {
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
