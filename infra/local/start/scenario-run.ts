import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { replaceFile } from '../data-directory.ts';

const schema = z.object({ number: z.int().positive(), startedAt: z.number(), over: z.boolean() });

/** The run of a scenario in a data directory. An interrupted scenario is played again, with the same messages. */
export interface ScenarioRun {
  /** From 1. */
  number: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Whether the scenario was interrupted before: that portal knew what the new one does not. */
  resumed: boolean;
  /** Records the end of the scenario, so that the next run gets another one. */
  close(): void;
}

/** @throws ConfigurationError if the directory holds the state of a gateway with another portal */
export function openScenarioRun(directory: string, now: number): ScenarioRun {
  const file = join(directory, 'scenario.json');
  if (!existsSync(file) && existsSync(join(directory, 'secrets.json'))) {
    throw new ConfigurationError(`${directory} has the state of work with another portal: set DST_BASE_URL to go on`);
  }
  const last = existsSync(file)
    ? schema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { number: 0, startedAt: 0, over: true };
  const resumed = !last.over;
  const entry = resumed ? last : { number: last.number + 1, startedAt: now, over: false };
  const write = (value: z.infer<typeof schema>) => replaceFile(file, JSON.stringify(value));
  write(entry);
  return { number: entry.number, startedAt: entry.startedAt, resumed, close: () => write({ ...entry, over: true }) };
}
