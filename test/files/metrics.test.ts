import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../shared/platform/metrics.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const services = useServices();
const size = 9_000_000;

/** The sum of a metric over all lines of a world's log. */
const total = ({ log }: World, metric: MetricName) =>
  log.lines.reduce((sum, line) => sum + Number(line[metric] ?? 0), 0);

/** A project, and the delivery of a large and a small file, one of which misbehaves at first. */
async function setUp(corruptFirst: number) {
  const world = await createWorld(services());
  await world.createProject();
  await world.sendDelivery([
    { fileId: 'large', size },
    { fileId: 'small', size: 1000, behaviour: { corruptFirst } },
  ]);
  return world;
}

describe('of transfers are measured', () => {
  it('the bytes that come, and those that go', async () => {
    const world = await setUp(0);
    await world.settle();
    expect(total(world, 'BytesMoved')).toBe(size + 1000);

    await world.portal.send('ReturnDataFile', { fileId: 'large' });
    await world.settle();

    expect(total(world, 'BytesMoved')).toBe(2 * size + 1000);
    expect(total(world, 'TransferFailures')).toBe(0);
  });

  it('those that fail, and what is left to be moved', async () => {
    const world = await setUp(1);
    await world.settle();
    expect(total(world, 'TransferFailures')).toBe(1);
    expect(total(world, 'TransfersWaiting')).toBe(0);

    await world.gateway.poll();

    expect(total(world, 'TransfersWaiting')).toBe(1);
  });

  it('a return that fails, too', async () => {
    const world = await setUp(0);
    await world.settle();
    await world.portal.setFaults({
      rules: [{ kind: 'status', status: 500, calls: ['POST /data/{fileId}'], times: 1 }],
    });
    await world.portal.send('ReturnDataFile', { fileId: 'small' });

    await world.settle();

    expect(total(world, 'TransferFailures')).toBe(1);
  });
});
