import { wasGivenUp } from '../../history/history.ts';
import {
  done,
  goOnAnew,
  type HandlerContext,
  isStuck,
  type MessageHandler,
  type MessagePlan,
  missing,
  waitForLease,
  waitForPerson,
} from '../../messages/handle/handler.ts';
import { findPlace } from '../../messages/handle/line-place.ts';
import { readMessage } from '../../messages/read.ts';
import { isSettled, type LineEntry } from '../../messages/record.ts';
import { fileSubject } from '../../messages/subject.ts';
import { supersedeAll } from '../../messages/supersede.ts';
import { passableCheck } from '../../messages/transition.ts';
import { type Bucket, purgeObject } from '../../platform/s3.ts';
import { type FileRow, writtenUntil } from '../file.ts';
import { deletingWrite, fileLeaseCheck, removalWrites } from '../remove.ts';
import { readFiles } from '../rows.ts';

type DeletionHandling = HandlerContext<'DeleteDataFile'>;

/** DeleteDataFile: deletes the file and its object, and supersedes what was still to be done with them. */
export function deleteDataFile(bucket: Bucket): MessageHandler<'DeleteDataFile'> {
  const read = async ({ context, data: { fileId } }: DeletionHandling) =>
    (await readFiles(context, [fileId])).get(fileId);

  return {
    type: 'DeleteDataFile',

    async plan(handling): Promise<MessagePlan> {
      const { context, record, data } = handling;
      const { fileId } = data;
      const file = await read(handling);
      if (!file) return waitsForDelivery(handling) ?? nothingToDelete(handling);
      if (file.state === 'deleting') return { kind: 'commit', state: 'applying', writes: [], history: [] };
      const returns = olderAbout(handling, fileId);
      // After a refused commit `older` is outdated, so check the line again. The handler of a return that has begun since the line was
      // read continues the line when it ends.
      if (returns.length > 0 && !(await findPlace(context, record))) return goOnAnew(context);
      if (!(await supersedeAll(handling, returns.slice(maxChecks)))) return goOnAnew(context);
      const checks = returns.slice(0, maxChecks).map((older) => passableCheck(context, older));
      return {
        kind: 'commit',
        state: 'applying',
        writes: [deletingWrite(context, file, record.messageId), ...checks],
        history: [],
      };
    },

    async continueApplying(handling): Promise<MessagePlan> {
      const { context, record } = handling;
      const { clock } = context;
      const file = await read(handling);
      // Another message has deleted the file, which does not prevent an older delivery from delivering it again.
      if (file?.state !== 'deleting') return (await isStillToCome(handling, file)) ? again : done([], []);
      const until = writtenUntil(file, clock.now());
      if (until > 0) return { ...waitForLease(context, until), checks: [fileLeaseCheck(context, file)] };
      await purgeObject(bucket, file.objectKey);
      if (!(await supersedeAll(handling, olderAbout(handling, file.fileId)))) return goOnAnew(context);
      return done(await removalWrites(context, file, record.messageId), []);
    },
  };
}

/** Most returns that the beginning of a deletion checks: a transaction has 100 actions. Further ones are superseded before. */
const maxChecks = 50;

/** The deletion starts over. */
const again: MessagePlan = { kind: 'commit', state: 'open', writes: [], history: [] };

/** Whether an older delivery has delivered the file again, or waits and will. */
async function isStillToCome(
  { context, record, older }: DeletionHandling,
  file: FileRow | undefined,
): Promise<boolean> {
  const delivery = file && (await readMessage(context, file.messageId));
  if (delivery) return delivery.position < record.position;
  return older.some(mayDeliver);
}

/** Whether a delivery that may include the file waits for a person. */
const mayDeliver = (entry: LineEntry) => entry.type === 'DataDeliveryReady' && isStuck(entry);

const olderAbout = ({ older }: DeletionHandling, fileId: string) =>
  older.filter((entry) => entry.subject === fileSubject(fileId) && !isSettled(entry.state));

/** A file that an operator gave up, in its delivery or its return, needs no deletion. */
async function nothingToDelete({ context, data: { fileId } }: DeletionHandling): Promise<MessagePlan> {
  if (await wasGivenUp(context.db, context.tables.history, fileSubject(fileId))) return done([], []);
  return missing(`file ${fileId}`, fileSubject(fileId));
}

/**
 * Waits while an older delivery that may include the file is held: if the deletion were dropped, the file would be delivered
 * after all.
 */
function waitsForDelivery({ context, older }: DeletionHandling): MessagePlan | undefined {
  if (!older.some(mayDeliver)) return undefined;
  return waitForPerson(context);
}
