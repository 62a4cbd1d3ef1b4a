import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { planApproval } from '../../shared/decisions/approve.ts';
import { planPause } from '../../shared/decisions/pause.ts';
import { registerResult } from '../../shared/files/outbox/register.ts';
import { byTaskMetadata } from '../../shared/files/result.ts';
import type { Delivery, Next, Transfer } from '../../shared/files/transfer.ts';
import { deskOf } from './carry-on.ts';
import { large, type Stage } from './stage.ts';

export async function transfersUnderWay(stage: Stage): Promise<void> {
  const { gateway } = stage.world;
  const [copying, ...others] = [
    await stage.addFile('copying', large),
    await stage.addFile('copied', large),
    await stage.addFile('completing', large),
    await stage.addFile('starts-over', large),
    await stage.addFile('put', 2_000),
  ];
  await stage.send('delivery', 'DataDeliveryReady', { projectNo: 'kept', files: [copying, ...others] });
  await stage.send('return', 'ReturnDataFile', { fileId: 'kept-file' });
  await stage.send('return-refused', 'ReturnDataFile', { fileId: 'kept-wide' });
  await stage.send('leaving-1', 'CreateProject', { projectNo: 'leaving' });
  await gateway.poll();
  await stage.handleAll();
  const leaving = await stage.addFile('leaving-file', large);
  await stage.send('leaving-2', 'DataDeliveryReady', { projectNo: 'leaving', files: [leaving] });
  await stage.send('delivery-again', 'DataDeliveryReady', { projectNo: 'kept', files: [copying] });
  await stage.send('return-awaited', 'ReturnDataFile', { fileId: 'copying' });
  await stage.outbox.put('outbox/kept/sending.csv');
  await stage.outbox.put('outbox/leaving/deleted.csv');
  await stage.outbox.register();
  await gateway.poll();
  await stage.handleAll();

  for (const transfer of gateway.started.splice(0)) await takeFurther(stage, transfer);
}

/**
 * One file has a part, another lost its upload, others are as good as complete, S3 is asked to complete one; the portal refused the
 * key to one return. What else is to be returned, sent or deleted is only prepared.
 */
async function takeFurther(stage: Stage, transfer: Transfer): Promise<void> {
  const { gateway, crashes } = stage.world;
  if (transfer.kind === 'return' && transfer.messageId === 'return-refused') {
    await stage.refuse('POST /data/{fileId}', 401);
    await gateway.run(transfer);
    return stage.refuseNothing();
  }
  const prepared = await gateway.prepare(transfer);
  if (prepared.kind !== 'delivery' || isOf(prepared, 'leaving-file')) return stage.keep(prepared);
  if (isOf(prepared, 'copying')) return stage.keep(await copyPart(stage, prepared));
  if (isOf(prepared, 'starts-over')) return stage.keep(await loseUpload(stage, await copyPart(stage, prepared)));
  const copied = await gateway.copy(prepared);
  if (!isOf(copied, 'completing')) return stage.keep(copied);
  await stage.dieAfter(1, () => crashes.invoke(() => gateway.complete(copied)));
  stage.inFlight.push({ step: 'fail', state: { ...copied } });
}

const isOf = (transfer: Transfer, fileId: string) =>
  transfer.kind === 'delivery' && transfer.files.some((file) => file.fileId === fileId);

function copyPart({ world }: Stage, transfer: Transfer): Promise<Delivery & Next> {
  let asked = 0;
  return world.gateway.copy(transfer, () => asked++ > 0);
}

/** As when it is older than the bucket keeps uploads. */
async function loseUpload({ world }: Stage, transfer: Delivery & Next): Promise<Delivery & Next> {
  const { objectKey, resume } = (await world.file('starts-over')) ?? {};
  const upload = { Bucket: world.bucket, Key: objectKey, UploadId: resume?.uploadId };
  await world.s3.send(new AbortMultipartUploadCommand(upload));
  return world.gateway.copy(transfer);
}

export async function messagesUnderWay(stage: Stage): Promise<void> {
  const { gateway } = stage.world;
  await stage.send('leaving-3', 'DeleteProject', { projectNo: 'leaving' });
  await stage.refuse('POST /user-accesses', 500);
  await stage.send('half-1', 'CreateProject', { projectNo: 'half' });
  await stage.send('half-2', 'CreateProjectAccess', { projectNo: 'half', accessIdentifier: 'half-a' });
  await gateway.poll();
  await stage.handleAll();
  await stage.refuseNothing();

  const files = await Promise.all(
    Array.from({ length: 30 }, (_, index) => stage.addFile(`many-${index}`, 100 + index)),
  );
  const remark = 'long '.repeat(25_000);
  await stage.send('many', 'DataDeliveryReady', { projectNo: 'done', files, remark });
  await gateway.poll();
  await stage.dieAfter(3, () => gateway.handleQueued());

  await stage.send('leased', 'ResetPassword', { accessIdentifier: 'kept-a' });
  await gateway.poll();
  await stage.dieAfter(1, () => gateway.handleQueued());

  await stage.send('next-1', 'CreateProject', { projectNo: 'next' });
  await stage.send('next-2', 'CreateProjectAccess', { projectNo: 'next', accessIdentifier: 'next-a' });
  await stage.send('next-3', 'ResetPassword', { accessIdentifier: 'next-a' });
  await moveToNext(stage);
  await gateway.poll();
}

/** An access and a file go from one project to another, so that one line waits for the other. */
async function moveToNext(stage: Stage): Promise<void> {
  const files = [await stage.addFile('kept-parts', large)];
  await stage.send('moved-1', 'DeleteProjectAccess', { accessIdentifier: 'kept-b' });
  await stage.send('moved-2', 'CreateProjectAccess', { projectNo: 'next', accessIdentifier: 'kept-b' });
  await stage.send('moved-3', 'DeleteDataFile', { fileId: 'kept-parts' });
  await stage.send('moved-4', 'DataDeliveryReady', { projectNo: 'next', files });
}

/** The portal is out, a poll has died, and an operator has paused all. */
export async function gatewayOutOfWork(stage: Stage): Promise<void> {
  const { world, outbox } = stage;
  const { gateway } = world;
  await stage.refuse('GET /messages', 500);
  for (let poll = 0; poll < 3; poll++) await gateway.poll().catch(() => {});
  await stage.dieAfter(1, () => gateway.poll());
  await outbox.put('outbox/kept/pending.csv', 'result', byTaskMetadata);
  await outbox.takeNews();
  await registerResult(gateway.transfers, 'outbox/kept/pending.csv');
  await stage.decide(await planApproval(deskOf(world), 'approved-3'));
  await stage.decide(await planPause(deskOf(world)));
}
