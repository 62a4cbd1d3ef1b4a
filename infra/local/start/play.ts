import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { startSimulatorProcess } from '../portal/process.ts';
import type { PortalSimulator } from '../portal/simulator.ts';
import type { DeliveredFile } from './check.ts';
import { type Cue, type Day, dayFaults, dayOf, filesOf } from './day.ts';
import type { DiaryEntry } from './diary.ts';

const interval = 100;

/** A simulated portal that has a day before it. */
export interface Stage extends AsyncDisposable {
  portal: PortalSimulator;
  apiKey: string;
  day: Day;
  files: DeliveredFile[];
}

/** Starts a simulated portal with the files of a day. What fails once has done so before the day was broken off. */
export async function setStage({ day, startedAt, resumed }: DiaryEntry): Promise<Stage> {
  const apiKey = randomBytes(16).toString('hex');
  const portal = await startSimulatorProcess({ apiKey });
  const dayFiles = filesOf(day, resumed ? 0 : 1);
  const details = await Promise.all(dayFiles.map(({ behaviour, ...file }) => portal.addFile(file, behaviour)));
  if (!resumed) await portal.setFaults({ rules: dayFaults });
  const files = dayFiles.map((file, index) => ({ ...file, fileChecksum: details[index]?.fileChecksum ?? '' }));
  return { portal, apiKey, day: dayOf(day, startedAt, details), files, [Symbol.asyncDispose]: () => portal.stop() };
}

/** Sends the messages of a day, each at its time, and waits until all are marked. */
export async function playDay({ portal, day }: Pick<Stage, 'portal' | 'day'>, signal: AbortSignal): Promise<void> {
  for (const { cue, messages } of day.scenes) {
    while (cue && !(await hasCome(portal, cue))) await delay(interval, undefined, { signal });
    await portal.sendMany(messages);
  }
  while ((await portal.pending()) > 0) await delay(interval, undefined, { signal });
}

async function hasCome(portal: PortalSimulator, cue: Cue): Promise<boolean> {
  const { messages, served } = await portal.snapshot();
  const isMarked = (id: string) => messages.some(({ messageId, marked }) => messageId === id && marked);
  if ('messagesMarked' in cue) return cue.messagesMarked.every(isMarked);
  return (served.get(cue.fileBegun)?.bytes ?? 0) >= cue.bytes || isMarked(cue.messageId);
}
