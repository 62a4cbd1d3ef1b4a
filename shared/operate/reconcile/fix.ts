import { auditWrites, gatewaySubject } from '../../decisions/audit.ts';
import type { Action, OperatorContext } from '../../decisions/context.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import type { Write } from '../../platform/transaction.ts';
import { counted } from '../../platform/units.ts';
import type { FoundDifference } from './comparisons.ts';
import { neededBy } from './differences.ts';

/**
 * Fixes differences that have a fix, in the tables alone. Each is a transaction of its own, because several may be about one file
 * or one message.
 */
export function fixAction(gateway: OperatorContext, found: readonly FoundDifference[]): Action {
  const put = found.filter(({ fix }) => fix && 'put' in fix).length;
  return {
    planned: [
      `Files that will be put among those to be moved: ${put}; entries that will be removed there: ${found.length - put}.`,
    ],
    completed: [`Fixed: ${counted(found.length, 'difference')}.`],
    async transactions(decision) {
      const details = { count: found.length, first: found.slice(0, 20).map(({ subject }) => subject) };
      const note = await auditWrites(gateway, { subject: gatewaySubject, event: 'reconciled', details }, decision);
      return found.map((each, index) => [...fixWrites(gateway, each), ...(index === 0 ? note : [])]);
    },
  };
}

function fixWrites(gateway: OperatorContext, { fix }: FoundDifference): Write[] {
  if (!fix) return [];
  if ('remove' in fix) return removalWrites(gateway, fix.remove);
  const { tables } = gateway;
  // A file that ended at this moment is not to be moved again.
  const { fileId } = fix.put;
  const values = {
    ':position': fix.put.position,
    ':pending': 'pending',
    ':copying': 'copying',
    ':sending': 'sending',
  };
  return [
    { Put: { TableName: tables.lines, Item: fix.put, ConditionExpression: 'attribute_not_exists(line)' } },
    {
      ConditionCheck: {
        TableName: tables.files,
        Key: { fileId },
        ConditionExpression: '#position = :position AND #state IN (:pending, :copying, :sending)',
        ExpressionAttributeNames: { '#position': 'position', '#state': 'state' },
        ExpressionAttributeValues: values,
      },
    },
  ];
}

/** Refused if the entry has changed, or if its file or its message needs it by now. */
function removalWrites({ tables }: OperatorContext, entry: TransferEntry): Write[] {
  const { line, position, fileId, messageId, awaits } = entry;
  const { by, states } = neededBy(entry);
  const needing = Object.fromEntries(states.map((state) => [`:${state}`, state]));
  const owner =
    by === 'file' ? { TableName: tables.files, Key: { fileId } } : { TableName: tables.messages, Key: { messageId } };
  return [
    {
      Delete: {
        TableName: tables.lines,
        Key: { line, position },
        ConditionExpression: `fileId = :fileId AND ${awaits === undefined ? 'attribute_not_exists(awaits)' : 'awaits = :awaits'}`,
        ExpressionAttributeValues: { ':fileId': fileId, ...(awaits !== undefined && { ':awaits': awaits }) },
      },
    },
    {
      ConditionCheck: {
        ...owner,
        ConditionExpression: `attribute_not_exists(#state) OR NOT #state IN (${Object.keys(needing).join(', ')})`,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: needing,
      },
    },
  ];
}
