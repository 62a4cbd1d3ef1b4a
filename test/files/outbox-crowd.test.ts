import { describe, expect, it, vi } from 'vitest';
import { commitAction } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { sweepOutbox } from '../../shared/files/outbox/sweep.ts';
import { type IncidentRow, isOpen } from '../../shared/operations/incidents.ts';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';
import { Outbox } from './outbox.ts';

const services = useServices();

async function setUp() {
  const world = await createWorld(services());
  await world.createProject();
  return { world, outbox: await Outbox.open(world, services()) };
}

const incidents = ({ db, tables }: World) => Array.fromAsync(scan<IncidentRow>(db, tables.incidents));
const badKey = (index: number) => `outbox/1001/folder/${String(index).padStart(5, '0')}.csv`;

async function putBad({ world, outbox }: Awaited<ReturnType<typeof setUp>>, from: number, to: number) {
  const indices = Array.from({ length: to - from }, (_, index) => from + index);
  await forEachConcurrently(indices, 50, (index) => world.putObject(badKey(index)));
  for (let told = 1; told > 0; ) told = (await outbox.takeNews()).length;
}

describe('many objects that can not be sent', () => {
  it('are one incident, which counts them and names some', async () => {
    const { world, outbox } = await setUp();
    for (let index = 0; index < 5; index++) await outbox.put(badKey(index));
    await outbox.register();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2_000 });
    try {
      await putBad({ world, outbox }, 5, 25);
    } finally {
      vi.useRealTimers();
    }
    await outbox.sweep();

    const [incident, ...others] = await incidents(world);
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ kind: 'result-refused', subject: 'outbox/1001/ (name)', count: 25 });
    expect(incident?.found).toMatch(
      /^other names: (outbox\/1001\/folder\/\d+\.csv \(.*slashes.*\),? ?){3} and others, 25 in all$/,
    );
  });

  it('are written again by no sweep, until there is another one', async () => {
    const { world, outbox } = await setUp();
    await putBad({ world, outbox }, 0, 3);
    await outbox.sweep();
    const before = await incidents(world);
    await world.clock.advance(900_000);
    await outbox.sweep();
    expect(await incidents(world)).toEqual(before);

    const desk = { ...world.context, tables: world.tables };
    const [incident] = before;
    if (!incident) throw new Error('There is no incident');
    await commitAction(desk, await planDismissal(desk, incident, false), { by: 'ann', reason: 'they know' });
    await outbox.sweep();
    expect((await incidents(world)).filter(isOpen)).toEqual([]);

    await outbox.put(badKey(3));
    await outbox.register();
    expect((await incidents(world)).filter(isOpen)).toMatchObject([{ count: 4 }]);
  });

  it('keep no result behind them waiting for ever: each sweep goes on where the one before ended', async () => {
    const { world, outbox } = await setUp();
    await putBad({ world, outbox }, 0, 1_001);
    await outbox.putUnseen('outbox/1001/results.csv');
    const atOnce = 0;

    expect(await sweepOutbox(world.gateway.transfers, atOnce)).toBe(0);
    expect(await incidents(world)).toMatchObject([{ count: 1_000 }]);
    expect(await sweepOutbox(world.gateway.transfers, atOnce)).toBe(1);
    // From the start again.
    await outbox.putUnseen('outbox/1001/another.csv');
    expect(await sweepOutbox(world.gateway.transfers, atOnce)).toBe(1);
  });
});
