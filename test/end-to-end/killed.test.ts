import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import { processesNaming, type StartedProcess, start } from '../infra/local/start/start-process.ts';
import { lookInto } from './look.ts';
import { expectNoSecrets, filesUnder } from './secrets.ts';
import { apiKey } from './setup.ts';
import { expectTold, type Story, tellStory } from './story.ts';

const kills = Number(process.env.KILLS ?? 2);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const patience = { timeout: 300_000, interval: 25 };
vi.setConfig({ hookTimeout: patience.timeout });
const MB = 1_000_000;

type Moment = { during: 'start' | 'work'; milliseconds: number };
const within = (during: Moment['during'], most: number) =>
  fc.record({ during: fc.constant(during), milliseconds: fc.noBias(fc.nat(most)) });
const anyMoment = fc.oneof(
  { weight: 1, arbitrary: within('start', 3_000) },
  { weight: 3, arbitrary: within('work', 2_500) },
);

/** Each day has a data directory of its own, and is judged at its end. */
const killsOfDay = 10;
const moments = fc.sample(anyMoment, { numRuns: kills, seed });
const days = Array.from({ length: Math.ceil(kills / killsOfDay) }, (_, day) => ({
  day: day + 1,
  moments: moments.slice(day * killsOfDay, (day + 1) * killsOfDay),
}));

it.each(days)(
  `does everything once on day $day although it is killed again and again (SEED=${seed})`,
  {
    timeout: 2 * patience.timeout + killsOfDay * 60_000,
  },
  async ({ moments }) => {
    const portal = await startSimulatorProcess({ apiKey });
    onTestFinished(() => portal.stop());
    const directory = mkdtempSync(join(tmpdir(), 'killed-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const run = () =>
      start(['--data-dir', directory, '--poll-seconds', '0.5'], {
        DST_BASE_URL: portal.url,
        DST_API_KEY: apiKey,
      });
    const stories: Story[] = [];
    const outputs: [run: string, output: string][] = [];
    const runWithMoreToDo = async () => {
      const number = stories.length;
      const name = (word: string) => `${word}-${number}`;
      const story = await tellStory(portal, name, 30 * MB, { bytesPerSecond: 15 * MB });
      for (const element of story.elements) await portal.sendRaw(element);
      stories.push(story);
      return run();
    };

    for (const moment of moments) {
      const gateway = await runWithMoreToDo();
      await until(moment, gateway);
      await gateway.killGroup();
      outputs.push(['a killed run', gateway.output()]);
      await vi.waitFor(() => expect(processesNaming(directory)).toEqual([]), patience);
    }

    const gateway = await runWithMoreToDo();
    await until({ during: 'work', milliseconds: 0 }, gateway);
    using look = lookInto(JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8')));
    const messages = stories.flatMap(({ elements }) => elements);
    await vi.waitFor(async () => expect(await look.rows('messages')).toHaveLength(messages.length), patience);
    await vi.waitFor(async () => expect(await portal.pending()).toBe(0), patience);
    await vi.waitFor(async () => expect(await look.rows('lines')).toEqual([]), patience);
    await expectTold({ ...look, portal }, stories);
    expect(await look.rows('incidents')).toEqual([]);

    gateway.child.kill('SIGTERM');
    expect(await gateway.ended, gateway.output()).toBe(0);
    outputs.push(['the last run', gateway.output()]);
    await expectNoSecrets(portal, directory, [...outputs, ...filesUnder(directory)]);
    expect(processesNaming(directory)).toEqual([]);
  },
);

/** Waits for any moment: of the start, or of the work. */
async function until(moment: Moment, gateway: StartedProcess): Promise<void> {
  if (moment.during === 'start') return delay(moment.milliseconds);
  await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);
  await delay(moment.milliseconds);
}
