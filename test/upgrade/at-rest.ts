import { PutObjectCommand } from '@aws-sdk/client-s3';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import { deskOf } from './carry-on.ts';
import { large, type Stage } from './stage.ts';

const minute = 60_000;
const uuid = (last: number) => `5D0E1C0A-7F3B-4C7E-9A51-00000000000${last}`;

/** Files of one part and of several, a size that 32 bits can't tell, ids that are sent in capital letters. */
export async function everydayWork(stage: Stage): Promise<void> {
  await stage.send('kept-1', 'CreateProject', { projectNo: 'kept' });
  await stage.send('kept-2', 'CreateProjectAccess', { projectNo: 'kept', accessIdentifier: 'kept-a' });
  await stage.send('kept-3', 'CreateProjectAccess', { projectNo: 'kept', accessIdentifier: 'kept-b' });
  await stage.send('kept-4', 'DisableProjectAccess', { accessIdentifier: 'kept-b' });
  await stage.send(uuid(1), 'CreateProjectAccess', { projectNo: 'kept', accessIdentifier: uuid(2) });
  const files = [
    await stage.addFile('kept-file', 1_000),
    await stage.addFile('kept-parts', large),
    await stage.addFile('kept-wide', 1_000, { statedSize: 1_000 - 2 ** 32 }),
    await stage.addFile(uuid(3), 1_000),
  ];
  await stage.send('kept-5', 'DataDeliveryReady', { dataDeliveryId: 'kept-delivery', projectNo: 'kept', files });
  await stage.settle();
  await stage.send('again', 'CreateProject', { projectNo: 'kept' });
  await stage.settle();
}

/** The portal goes on listing a message for more than an hour that it agreed to mark, and refuses the API key once. */
export async function whatThePortalDoesWrong(stage: Stage): Promise<void> {
  const { gateway, clock } = stage.world;
  for (let listed = 0; listed < 5; listed++) {
    await stage.send('kept-1', 'CreateProject', { projectNo: 'kept' });
    await gateway.poll();
    await clock.advance(16 * minute);
  }
  await stage.refuse('GET /messages', 401);
  await gateway.poll();
  await stage.refuseNothing();
  await clock.advance(16 * minute);
  await stage.settle();
}

export async function whatNeedsPeople(stage: Stage): Promise<void> {
  await unfitMessages(stage);
  await unfitFiles(stage);

  await stage.refuse('POST /user-accesses', 403);
  await stage.send('stuck-1', 'CreateProject', { projectNo: 'stuck' });
  await stage.send('stuck-2', 'CreateProjectAccess', { projectNo: 'stuck', accessIdentifier: 'stuck-a' });
  await stage.send('gone-1', 'CreateProject', { projectNo: 'gone' });
  await stage.send('gone-2', 'CreateProjectAccess', { projectNo: 'gone', accessIdentifier: 'gone-a' });
  await stage.settle();
  await unfitResults(stage);
  await stage.refuseNothing();

  const { settings } = stage.world.context;
  settings.holdTypes = ['EnableProjectAccess'];
  for (const projectNo of ['approve', 'approved']) {
    const access = { accessIdentifier: `${projectNo}-a` };
    await stage.send(`${projectNo}-1`, 'CreateProject', { projectNo });
    await stage.send(`${projectNo}-2`, 'CreateProjectAccess', { projectNo, ...access });
    await stage.send(`${projectNo}-3`, 'EnableProjectAccess', access);
  }
  await stage.settle();
  settings.holdTypes = [];
}

async function unfitMessages(stage: Stage): Promise<void> {
  const file = await stage.addFile('lacking-file', 10);
  await stage.send('unknown', 'RenameProject', { projectNo: 'kept' });
  await stage.send('unreadable', 'CreateProject', { projectNo: null });
  await stage.send('return-nothing', 'ReturnDataFile', { fileId: 'nothing' });
  await stage.send('lacking-2', 'DataDeliveryReady', { projectNo: 'lacking', files: [file] });
  await stage.settle();
}

/** Files with other bytes than announced, at the portal or in the bucket; a return of one of them that is deleted before. */
async function unfitFiles(stage: Stage): Promise<void> {
  const { s3, bucket } = stage.world;
  const fileChecksum = '0'.repeat(32);
  const wrong = [
    { ...(await stage.addFile('wrong', 10)), fileChecksum },
    { ...(await stage.addFile('wrong-deleted', 10)), fileChecksum },
  ];
  await stage.send('wrong-1', 'CreateProject', { projectNo: 'wrong' });
  await stage.send('wrong-2', 'DataDeliveryReady', { projectNo: 'wrong', files: wrong });
  const damaged = [await stage.addFile('damaged', 1_000)];
  await stage.send('damaged-1', 'CreateProject', { projectNo: 'damaged' });
  await stage.send('damaged-2', 'DataDeliveryReady', { projectNo: 'damaged', files: damaged });
  await stage.settle();

  await stage.send('wrong-3', 'ReturnDataFile', { fileId: 'wrong-deleted' });
  await stage.send('wrong-4', 'DeleteDataFile', { fileId: 'wrong-deleted' });
  const { objectKey } = (await stage.world.file('damaged')) ?? {};
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: objectKey, Body: 'damaged' }));
  await stage.send('damaged-3', 'ReturnDataFile', { fileId: 'damaged' });
  await stage.settle();
}

/** One that the portal refuses to the last attempt, some of projects that do not exist. */
async function unfitResults(stage: Stage): Promise<void> {
  const { world, outbox } = stage;
  await stage.refuse('POST /data/project/{projectNo}', 403);
  await outbox.put('outbox/kept/failed.csv');
  await outbox.put('outbox/nobody/refused.csv');
  await outbox.put('outbox/early/removed.csv');
  await outbox.register();
  await stage.send('early', 'CreateProject', { projectNo: 'early' });
  await world.settleUntil(async () => (await world.row('outbox/kept/failed.csv'))?.state === 'failed');
}

/** Messages that are settled, while the portal says that they are not the centre's. */
export async function whatIsNotMarked(stage: Stage): Promise<void> {
  const { portal } = stage.world;
  await portal.setFaults({ otherCentreIds: ['done', 'reused', 'taken-anew', 'gone-2', 'dismissed'] });
  await stage.send('done', 'CreateProject', { projectNo: 'done' });
  await stage.send('reused', 'CreateProject', { projectNo: 'reused' });
  await stage.send('taken-anew', 'CreateProject', { projectNo: 'taken' });
  await stage.send('gone-3', 'DeleteProject', { projectNo: 'gone' });
  await stage.send('dismissed', 'RenameProject', { projectNo: 'done' });
  await stage.settle();
  await stage.send('reused', 'CreateProject', { projectNo: 'another' });
  await stage.send('taken-anew', 'CreateProject', { projectNo: 'taken-anew' });
  await stage.settle();
  const desk = deskOf(stage.world);
  const dismissed = await stage.incident({ kind: 'unknown-message-type', messageId: 'dismissed' });
  await stage.decide(await planDismissal(desk, dismissed, false));
  const reused = await stage.incident({ kind: 'message-id-reused', messageId: 'taken-anew' });
  await stage.decide(await planRetry(desk, reused));
  await stage.settle();
}
