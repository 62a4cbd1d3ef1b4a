import type { Bridge } from '../messages/bridge.ts';
import { passableCheck } from '../messages/change.ts';
import {
  done,
  type Effect,
  isStuck,
  mismatch,
  type Plan,
  type Turn,
  waitForLease,
  waitForPerson,
} from '../messages/effect.ts';
import { fileSubject } from '../messages/lines.ts';
import { placeOf } from '../messages/place.ts';
import { isSettled } from '../messages/record.ts';
import { supersedeWrites } from '../messages/supersede.ts';
import { wasGivenUp } from '../operations/history.ts';
import { readFiles, writtenUntil } from './file.ts';
import { type Bucket, purgeObject } from './purge.ts';
import { deletingWrite, type FileTables, removalWrites } from './remove.ts';
import { returnKey } from './transfer.ts';

type DeletionTurn = Turn<'DeleteDataFile'>;

/** DeleteDataFile: the file and its object are gone, whatever was still to be done with them. */
export function deleteDataFile(tables: FileTables, bucket: Bucket): Effect<'DeleteDataFile'> {
  const read = async ({ bridge, data: { fileId } }: DeletionTurn) =>
    (await readFiles(bridge, tables.files, [fileId])).get(fileId);

  return {
    type: 'DeleteDataFile',

    async plan(turn): Promise<Plan> {
      const { fileId } = turn.data;
      const file = await read(turn);
      if (!file) return waitsForDelivery(turn) ?? missing(turn);
      if (file.state === 'deleting') return { kind: 'commit', state: 'applying', writes: [], history: [] };
      const returns = returnsOf(turn, fileId);
      // What was refused is planned again, by what was read of the line when the turn began.
      if (returns.length > 0 && !(await placeOf(turn.bridge, turn.record))) return waitForReturn(turn.bridge);
      const checks = returns.map((older) => passableCheck(turn.bridge, older));
      return { kind: 'commit', state: 'applying', writes: [deletingWrite(tables, file), ...checks], history: [] };
    },

    async proceed(turn): Promise<Plan> {
      const { bridge, record } = turn;
      const { clock } = bridge;
      const file = await read(turn);
      // Gone, or another by now, if somebody else has the message: then nothing is committed.
      if (file?.state !== 'deleting') return done([], []);
      const until = writtenUntil(file, clock.now());
      if (until > 0) return waitForLease(bridge, until);
      await purgeObject(bucket, file.objectKey);
      const returns = returnsOf(turn, file.fileId);
      return done(
        [
          ...(await removalWrites(bridge, tables, file, record.messageId)),
          ...(await supersedeWrites(bridge, returns)),
          ...returns.map((entry) => ({ Delete: { TableName: bridge.tables.lines, Key: returnKey(entry) } })),
        ],
        [],
      );
    },
  };
}

const returnsOf = ({ older }: DeletionTurn, fileId: string) =>
  older.filter((entry) => entry.subject === fileSubject(fileId) && !isSettled(entry.state));

/** A return has begun since the line was read. Whoever ends it goes on with the line. */
const waitForReturn = ({ clock }: Bridge): Plan => ({ kind: 'wait', until: clock.now() });

/** Of a file that a person gave up, in its delivery or its return, there is nothing to delete. */
async function missing({ bridge, data: { fileId } }: DeletionTurn): Promise<Plan> {
  if (await wasGivenUp(bridge.db, bridge.tables.history, fileSubject(fileId))) return done([], []);
  return mismatch(`file ${fileId}`, 'it does not exist');
}

/** While a person holds an older delivery that may name the file, to forget the deletion would let it come after all. */
function waitsForDelivery({ bridge, older }: DeletionTurn): Plan | undefined {
  if (!older.some((entry) => entry.type === 'DataDeliveryReady' && isStuck(entry))) return undefined;
  return waitForPerson(bridge);
}
