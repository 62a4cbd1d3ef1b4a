import { describe, expect, it } from 'vitest';
import type { CrashPlan } from './crashes.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const services = useServices();

/** How it dies: the whole machine, or a function alone. */
const ways = [
  { when: 'before', afterCrash: 'lost' },
  { when: 'after', afterCrash: 'fail' },
] as const;

/** A step and its expected result; `run` makes the ids of one run unique. */
interface Scenario {
  /** Sends the message that is carried out while the gateway dies. */
  begin(world: World, run: string): Promise<string>;
  check(world: World, run: string): Promise<void>;
}

const scenarios: Record<string, Scenario> = {
  'a delivery of a small and a large file': {
    async begin(world, run) {
      return world.sendDelivery([
        { fileId: `small-${run}`, size: 1000 },
        { fileId: `large-${run}`, size: 8_400_000, seed: 'large' },
      ]);
    },
    async check(world, run) {
      for (const fileId of [`small-${run}`, `large-${run}`]) {
        const file = await world.file(fileId);
        expect(file).toMatchObject({ state: 'stored' });
        const metadata = { md5: file?.checksum };
        expect(await world.object(file?.objectKey ?? '')).toMatchObject({ md5: file?.checksum, metadata });
        expect(await world.eventsOf(fileId)).toEqual(['registered', 'stored']);
      }
    },
  },
  'a return': {
    async begin(world, run) {
      await world.sendDelivery([{ fileId: `file-${run}`, size: 1000 }]);
      await world.settle();
      return world.portal.send('ReturnDataFile', { fileId: `file-${run}` });
    },
    async check(world, run) {
      const fileId = `file-${run}`;
      const md5 = (await world.file(fileId))?.checksum;
      const received = (await world.portal.snapshot()).received.filter((file) => file.fileId === fileId);
      expect(received.length).toBeGreaterThan(0);
      for (const file of received) expect(file).toMatchObject({ size: 1000, md5 });
      expect(await world.eventsOf(fileId)).toEqual(['registered', 'stored', 'returned']);
    },
  },
  'a deletion': {
    async begin(world, run) {
      await world.sendDelivery([{ fileId: `file-${run}`, size: 1000 }]);
      await world.settle();
      return world.portal.send('DeleteDataFile', { fileId: `file-${run}` });
    },
    async check(world, run) {
      expect(await world.file(`file-${run}`)).toBeUndefined();
      expect(await world.objects()).toEqual([]);
      expect(await world.eventsOf(`file-${run}`)).toEqual(['registered', 'stored', 'deleted']);
    },
  },
};

/** Has a scenario done with the gateway dying once. @returns whether it came to that */
async function live(world: World, { begin, check }: Scenario, plan: CrashPlan): Promise<boolean> {
  const run = `${plan.when}-${plan.call}`;
  const messageId = await begin(world, run);
  world.crashes.plan(plan);
  await world.settle();
  const { happened } = world.crashes;
  world.crashes.plan();

  await world.settleUntilMarked(messageId, 15);
  // Until every lease is over; what became done beside it is marked by a poll.
  await world.clock.advance(300_000);
  await world.settle();

  await check(world, run);
  expect(await world.portal.pending()).toBe(0);
  expect(await world.uploads()).toEqual([]);
  expect(await world.transferEntries()).toEqual([]);
  expect(await world.rows('lines')).toEqual([]);
  expect(await world.incidents()).toEqual([]);
  return happened;
}

describe('when the gateway dies at any call that changes something', () => {
  it.each(Object.keys(scenarios))(
    '%s comes to the same end',
    async (name) => {
      const scenario = scenarios[name];
      if (!scenario) throw new Error(`There is no scenario ${name}`);
      const world = await createWorld(services());
      await world.createProject();
      let call = 0;
      for (let more = true; more; ) {
        call++;
        for (const { when, afterCrash } of ways) {
          world.gateway.afterCrash = afterCrash;
          more = await live(world, scenario, { call, when });
        }
      }
      expect(call).toBeGreaterThan(10);
    },
    300_000,
  );
});
