import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { replaceFile } from '../data-directory.ts';

const schema = z.object({ day: z.int().positive(), startedAt: z.number(), over: z.boolean() });

/** Which day is being played in a data directory. A day that was broken off is played again, with the same messages. */
export interface DiaryEntry {
  /** From 1. */
  day: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Whether it was broken off before: the portal of then knows what the portal of now does not. */
  resumed: boolean;
  /** Says that the day is over: the next one is another. */
  close(): void;
}

/** @throws ConfigurationError when the directory has the state of a gateway that works with another portal */
export function openDiary(directory: string, now: number): DiaryEntry {
  const file = join(directory, 'day.json');
  if (!existsSync(file) && existsSync(join(directory, 'secrets.json'))) {
    throw new ConfigurationError(`${directory} has the state of work with another portal: set DST_BASE_URL to go on`);
  }
  const last = existsSync(file)
    ? schema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { day: 0, startedAt: 0, over: true };
  const resumed = !last.over;
  const entry = resumed ? last : { day: last.day + 1, startedAt: now, over: false };
  const write = (value: z.infer<typeof schema>) => replaceFile(file, JSON.stringify(value));
  write(entry);
  return { day: entry.day, startedAt: entry.startedAt, resumed, close: () => write({ ...entry, over: true }) };
}
