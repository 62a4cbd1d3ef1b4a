import { expect, it } from 'vitest';
import { filesAtOnce } from '../../shared/files/effects/data-delivery-ready.ts';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';
import { justBefore } from './meanwhile.ts';

const services = useServices();

const deadlineAfter = 120_000;
/** More than are registered in the transaction that begins a delivery. */
const manyFiles = Array.from({ length: filesAtOnce + 1 }, (_, index) => ({ fileId: `file-${index}`, size: 10 }));

it('a delivery that begins just before the deletion of its project leaves no file', async () => {
  const world = await createWorld(services(), { maxAttempts: 1 });
  await world.createProject();
  const { gateway, clock } = world;
  await world.sendDelivery([{ fileId: 'forbidden', size: 10, behaviour: { forbidden: true } }]);
  await gateway.poll();
  await gateway.handleQueued();
  const delivery = await world.sendDelivery(manyFiles);
  const deletion = await world.portal.send('DeleteProject', { projectNo: '1001' });
  await gateway.poll();

  const deleted = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  // The delivery before is held now, so that the deletion passes what stands behind that: it looks, the delivery begins and
  // finds its project, and the deletion goes on.
  justBefore(world, '"applying"', async () => {
    for (const transfer of gateway.started.splice(0)) await gateway.run(transfer);
    // Until the deletion has no lease to wait for.
    await clock.advance(leaseTime);
    const looked = Promise.withResolvers<void>();
    justBefore(world, '"deleting"', async () => {
      looked.resolve();
      await goesOn.promise;
    });
    void gateway.handlers.DeleteProject.handle(deletion, clock.now() + deadlineAfter).then(
      deleted.resolve,
      deleted.reject,
    );
    await looked.promise;
  });
  justBefore(world, '"file-0"', async () => {
    goesOn.resolve();
    await deleted.promise;
  });
  await gateway.handlers.DataDeliveryReady.handle(delivery, clock.now() + deadlineAfter);

  await world.settleUntilMarked(deletion);
  expect(await world.rows('files')).toEqual([]);
  expect(await world.rows('members')).toEqual([]);
  expect(await world.transferEntries()).toEqual([]);
});
