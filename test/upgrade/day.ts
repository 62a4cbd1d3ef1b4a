import type { World } from '../files/files-fixture.ts';
import type { Outbox } from '../files/outbox.ts';
import { everydayWork, whatIsNotMarked, whatNeedsPeople, whatThePortalDoesWrong } from './at-rest.ts';
import { Stage } from './stage.ts';
import { gatewayOutOfWork, messagesUnderWay, transfersUnderWay } from './under-way.ts';

/**
 * Brings a gateway into every state that its tables, its bucket, its queues and its executions can be in, and leaves it
 * there: paused, while the portal gives no answer.
 */
export async function playDay(world: World, outbox: Outbox): Promise<Pick<Stage, 'inFlight' | 'files'>> {
  const stage = new Stage(world, outbox);
  await everydayWork(stage);
  await whatThePortalDoesWrong(stage);
  await whatNeedsPeople(stage);
  await whatIsNotMarked(stage);
  // From here on the clock stands: leases are held.
  await transfersUnderWay(stage);
  await messagesUnderWay(stage);
  await gatewayOutOfWork(stage);
  return stage;
}
