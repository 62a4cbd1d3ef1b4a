import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileRow } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import {
  isUnderWay,
  maxBatch,
  type PlannedTransfer,
  planTransfers,
  smallFile,
} from '../../shared/files/transfer/plan.ts';
import type { MessageRecord, MessageState } from '../../shared/messages/record.ts';
import type { TransferEntry } from '../../shared/messages/transfers-line.ts';

const now = 1_000_000;
const maxAttempts = 3;

interface Case {
  kind: TransferEntry['kind'];
  fileState: FileRow['state'] | ResultRow['state'];
  messageState: MessageState;
  /** Relative to now. */
  dueIn: number;
  leaseLeft: number | undefined;
  attempt: number;
  size: number | undefined;
}

const someCase: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom('delivery', 'return', 'result'),
  fileState: fc.constantFrom('pending', 'copying', 'sending', 'stored', 'sent', 'failed', 'deleting'),
  messageState: fc.constantFrom('open', 'applying', 'working', 'held', 'done', 'superseded'),
  dueIn: fc.constantFrom(-1000, 0, 1, 1000),
  leaseLeft: fc.constantFrom(undefined, -1, 0, 1, 60_000),
  attempt: fc.nat({ max: maxAttempts + 1 }),
  size: fc.constantFrom(undefined, 0, 1, smallFile, smallFile + 1, 2 ** 40),
});

/** One in two is due, so that batches get full. */
const dueCase: fc.Arbitrary<Case> = fc.record({
  kind: fc.constant('delivery'),
  fileState: fc.constantFrom('pending', 'copying'),
  messageState: fc.constantFrom('working', 'held'),
  dueIn: fc.constant(0),
  leaseLeft: fc.constant(undefined),
  attempt: fc.constant(0),
  size: fc.constantFrom(1, smallFile),
});

const cases = fc.array(fc.oneof(someCase, dueCase), { maxLength: 400, size: 'max' });

describe('planTransfers', () => {
  it('puts small files into batches of at most a hundred, and moves a large one alone', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { transfers } = decide(given);
        for (const transfer of transfers) {
          if (transfer.kind !== 'delivery') continue;
          expect(transfer.files.length).toBeGreaterThan(0);
          expect(transfer.files.length).toBeLessThanOrEqual(maxBatch);
          const isSmall = ({ size }: FileRow) => size !== undefined && size <= smallFile;
          if (!transfer.files.every(isSmall)) expect(transfer.files).toHaveLength(1);
        }
        const batches = transfers.filter((transfer) => transfer.kind === 'delivery' && transfer.files.length > 1);
        const notFull = batches.filter((batch) => batch.kind === 'delivery' && batch.files.length < maxBatch);
        expect(notFull.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves what is due and nothing else, each once', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { transfers, usedUpFiles, usedUpReturns, usedUpResults } = decide(given);
        const moved = transfers.flatMap((transfer) =>
          transfer.kind === 'delivery' ? transfer.files.map(({ fileId }) => fileId) : idOf(transfer),
        );
        const files = [...usedUpFiles, ...usedUpResults].map(({ fileId }) => fileId);
        const usedUp = [...files, ...usedUpReturns.map(({ fileId }) => fileId)];
        const expected = given.map((each, index) => [isDue(each), each.attempt >= maxAttempts, `${index}`] as const);
        expect(moved.toSorted()).toEqual(expected.flatMap(([due, over, id]) => (due && !over ? id : [])).toSorted());
        expect(usedUp.toSorted()).toEqual(expected.flatMap(([due, over, id]) => (due && over ? id : [])).toSorted());
      }),
    );
  });

  it('decides the same without the entries whose file is under way', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { entries, files, messages } = rowsOf(given);
        const open = entries.filter((entry) => !isUnderWay(entry, files.get(entry.fileId), { now, pollSeconds: 60 }));
        const decided = planTransfers(open, files, messages, { now, pollSeconds: 60, maxAttempts });
        expect(decided).toEqual(decide(given));
      }),
    );
  });

  it('goes by the order of the messages, in transfers and in each batch', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { transfers } = decide(given);
        const orders = transfers.map((transfer) =>
          transfer.kind === 'delivery' ? transfer.files.map(({ fileId }) => Number(fileId)) : [Number(idOf(transfer))],
        );
        for (const order of [...orders, orders.map(([first = 0]) => first)]) {
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('takes a time that nobody can have meant for over: it was written by a clock that was ahead', () => {
    const hour = 3_600_000;
    const pending = { ...returnable, kind: 'delivery', fileState: 'pending', messageState: 'working' } as const;
    const copying = { ...pending, fileState: 'copying' } as const;
    const sending = { ...returnable, kind: 'result', fileState: 'sending' } as const;
    for (const each of [
      { ...pending, dueIn: hour },
      { ...copying, leaseLeft: hour },
      { ...returnable, dueIn: hour },
      { ...returnable, leaseLeft: hour },
      { ...sending, leaseLeft: hour },
    ]) {
      expect(decide([each]).transfers).toHaveLength(1);
    }
    // After so many failures a pause may be that long.
    const { entries, files, messages } = rowsOf([{ ...pending, dueIn: hour, attempt: 9 }]);
    expect(planTransfers(entries, files, messages, { now, pollSeconds: 60, maxAttempts: 10 }).transfers).toEqual([]);
  });

  it('leaves out what has no row, and returns of a message that is gone', () => {
    const [entry] = rowsOf([{ ...returnable, kind: 'delivery', fileState: 'pending' }]).entries;
    const returned = rowsOf([returnable]).entries;
    const decided = planTransfers([...(entry ? [entry] : []), ...returned], new Map(), new Map(), {
      now,
      pollSeconds: 60,
      maxAttempts,
    });
    expect(decided).toEqual({
      transfers: [],
      usedUpFiles: [],
      usedUpReturns: [],
      usedUpResults: [],
      lostReturns: [],
      damagedReturns: [],
      awaited: [],
    });
  });

  it('tells of returns whose file is gone: a person gave it up with its delivery', () => {
    const { entries, messages } = rowsOf([
      returnable,
      { ...returnable, messageState: 'held' },
      { ...returnable, dueIn: 1 },
    ]);
    const { lostReturns } = planTransfers(entries, new Map(), messages, { now, pollSeconds: 60, maxAttempts });
    expect(lostReturns.map(({ record, fileId }) => [fileOf(record), fileId])).toEqual([['0', '0']]);
  });
});

const returnable: Case = {
  kind: 'return',
  fileState: 'stored',
  messageState: 'working',
  dueIn: 0,
  leaseLeft: undefined,
  attempt: 0,
  size: 1,
};

function isDue({ kind, fileState, messageState, dueIn, leaseLeft = 0 }: Case): boolean {
  // A dead copy's lease holds up nothing but a deletion.
  const isFree = leaseLeft <= 0 || (kind === 'delivery' && fileState === 'pending');
  if (dueIn > 0 || !isFree) return false;
  if (kind === 'result') return ['pending', 'sending'].includes(fileState);
  if (kind === 'return') return messageState === 'working' && fileState === 'stored';
  return ['working', 'held'].includes(messageState) && ['pending', 'copying'].includes(fileState);
}

const idOf = (transfer: Exclude<PlannedTransfer, { kind: 'delivery' }>) =>
  transfer.kind === 'return' ? transfer.fileId : transfer.result.fileId;

const fileOf = ({ messageId }: Pick<MessageRecord, 'messageId'>) => messageId.replace('message-', '');

function decide(given: readonly Case[]) {
  const { entries, files, messages } = rowsOf(given);
  return planTransfers(entries, files, messages, { now, pollSeconds: 60, maxAttempts });
}

const fileStates = ['pending', 'copying', 'stored', 'deleting'] as const;
const resultStates = ['pending', 'sending', 'sent', 'deleting'] as const;

/** Each case has a file and a message of its own, named by its index. */
function rowsOf(given: readonly Case[]) {
  const entries: TransferEntry[] = [];
  const files = new Map<string, FileRow | ResultRow>();
  const messages = new Map<string, MessageRecord>();
  for (const [index, { kind, fileState, messageState, dueIn, leaseLeft, attempt, size }] of given.entries()) {
    const fileId = `${index}`;
    const messageId = `message-${index}`;
    const position = `${index}`.padStart(8, '0');
    const times = { dueAt: now + dueIn, ...(leaseLeft === undefined ? {} : { leaseUntil: now + leaseLeft }) };
    const common = {
      fileId,
      projectNo: '1',
      attempt,
      failures: attempt,
      bytesDone: 0,
      position,
      createdAt: 0,
      version: 1,
    };
    if (kind === 'result') {
      entries.push({ line: 'transfers', position, kind, fileId });
      const state = resultStates.find((known) => known === fileState) ?? 'failed';
      files.set(fileId, { ...common, ...times, objectKey: fileId, etag: '"e"', modifiedAt: 0, size: size ?? 0, state });
      continue;
    }
    entries.push({ line: 'transfers', position, kind, fileId, messageId });
    files.set(fileId, {
      ...common,
      ...times,
      messageId,
      objectKey: `projects/1/files/${fileId}`,
      checksum: '',
      state: fileStates.find((known) => known === fileState) ?? 'failed',
      checksumFailures: 0,
      ...(size === undefined ? {} : { size }),
    });
    messages.set(messageId, {
      messageId,
      type: kind === 'return' ? 'ReturnDataFile' : 'DataDeliveryReady',
      contentHash: '',
      line: 'project#1',
      position,
      state: messageState,
      version: 1,
      attempts: attempt,
      receivedAt: 0,
      ...times,
    });
  }
  return { entries, files, messages };
}
