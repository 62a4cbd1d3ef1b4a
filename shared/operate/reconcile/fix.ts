import { auditWrites, gatewaySubject } from '../../decisions/audit.ts';
import type { Action, OperatorContext } from '../../decisions/context.ts';
import { pagesOf } from '../../platform/pages.ts';
import type { Write } from '../../platform/transaction.ts';
import type { FoundDifference } from './comparisons.ts';

/** Most differences of one transaction: each takes two of its hundred actions. */
const maxPerTransaction = 40;

/** Fixes differences that have a fix, in the tables alone. */
export function fixAction(gateway: OperatorContext, found: readonly FoundDifference[]): Action {
  const put = found.filter(({ fix }) => fix && 'put' in fix).length;
  return {
    planned: [
      `${put} files will be put among those to be moved; ${found.length - put} that are not to be moved will be removed there.`,
    ],
    completed: [`${found.length} differences are fixed.`],
    async transactions(decision) {
      const details = { count: found.length, first: found.slice(0, 20).map(({ subject }) => subject) };
      const note = await auditWrites(gateway, { subject: gatewaySubject, event: 'reconciled', details }, decision);
      return pagesOf(found, maxPerTransaction).map((page, index) => [
        ...page.flatMap((each) => fixWrites(gateway, each)),
        ...(index === 0 ? note : []),
      ]);
    },
  };
}

function fixWrites({ tables }: OperatorContext, { fix }: FoundDifference): Write[] {
  if (!fix) return [];
  const TableName = tables.lines;
  if ('remove' in fix) {
    const { line, position, fileId } = fix.remove;
    const condition = { ConditionExpression: 'fileId = :fileId', ExpressionAttributeValues: { ':fileId': fileId } };
    return [{ Delete: { TableName, Key: { line, position }, ...condition } }];
  }
  // A file that ended at this moment is not to be moved again.
  const { fileId } = fix.put;
  const values = {
    ':position': fix.put.position,
    ':pending': 'pending',
    ':copying': 'copying',
    ':sending': 'sending',
  };
  return [
    { Put: { TableName, Item: fix.put, ConditionExpression: 'attribute_not_exists(line)' } },
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
