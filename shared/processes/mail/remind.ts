import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { accountIdOf } from '../../accounts/membership.ts';
import { describeError } from '../../platform/errors.ts';
import { transact, updateItem, type Write } from '../../platform/transaction.ts';
import type { ProcessContext } from '../context.ts';
import type { ProcessWorkRow } from '../rows.ts';
import { finishWork, workPut, workRow } from '../work.ts';
import { textOf } from './mail.ts';
import { recipientsOf } from './recipients.ts';
import { readWaiting } from './still-waiting.ts';

/** Work a day after something began to wait: leaves a mail to each person of the party, if it waits still. */
export async function remind(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const waiting = context.mail && (await readWaiting(context, work));
  if (!waiting) return finishWork(context, work);
  const side = work.data.side === 'contractor' ? 'contractor' : 'client';
  const recipients = await recipientsOf(context, waiting.project, waiting.process, side);
  const mails = recipients.map((account) => {
    const { projectID, processID = '', data } = work;
    const row = workRow(context, { projectID, processID }, 0, {
      kind: 'send-mail',
      data: {
        ...data,
        account: account.account,
        accountId: accountIdOf(account),
        began: String(work.began ?? work.at),
      },
    });
    return { ...row, item: `${work.item}#${accountIdOf(account)}` };
  });
  const { scope, item } = work;
  const done: Write = {
    Delete: {
      TableName: context.tables.processes,
      Key: { scope, item },
      ConditionExpression: 'attribute_exists(#item)',
      ExpressionAttributeNames: { '#item': 'item' },
    },
  };
  // Refused: another run of the sweep has done it.
  await transact(context.db, context.clock, [...mails.map((row) => workPut(context, row)), done]);
}

/** Milliseconds after which a mail is tried again. */
const repetition = 30 * 60_000;

/** How often a mail is tried of which nobody knows whether it was sent. */
const maxTries = 2;

/** How often a mail is tried that the service refuses. */
const maxRefusals = 48;

/** Work that sends a mail to a person: once, or twice where the function died before it could note that. */
export async function sendMail(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const { mail } = context;
  const { tries = 0, refusals = 0 } = work;
  const waiting = mail && tries < maxTries && refusals < maxRefusals && (await readWaiting(context, work));
  const side = work.data.side === 'contractor' ? 'contractor' : 'client';
  const recipients = waiting ? await recipientsOf(context, waiting.project, waiting.process, side) : [];
  const account = recipients.find((each) => accountIdOf(each) === work.data.accountId);
  if (!mail || !account?.email) return finishWork(context, work);
  if (!(await claim(context, work))) return;
  const { subject, text } = textOf(
    mail,
    work.processID ?? '',
    Number(work.data.began),
    work.data.message !== undefined,
  );
  try {
    await mail.send(account.email, subject, text);
  } catch (error) {
    if (isAnswer(error)) await giveBack(context, work);
    context.log.warn('a mail was not sent', { work: work.item, error: describeError(error) });
    return;
  }
  await finishWork(context, work);
}

/** Counts a try before it is made. @returns false when another run has it */
async function claim(
  { db, clock, tables }: ProcessContext,
  { scope, item, at, tries = 0 }: ProcessWorkRow,
): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: tables.processes,
    Key: { scope, item },
    ConditionExpression: '#at = :at',
    UpdateExpression: 'SET #at = :next, tries = :tries',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':at': at, ':next': clock.now() + repetition, ':tries': tries + 1 },
  });
  return outcome === 'committed';
}

/** The service has answered that it does not send the mail: that was no try. */
async function giveBack({ db, tables }: ProcessContext, { scope, item, tries = 0, refusals = 0 }: ProcessWorkRow) {
  await db.send(
    new UpdateCommand({
      TableName: tables.processes,
      Key: { scope, item },
      UpdateExpression: 'SET tries = :tries, refusals = :refusals',
      ExpressionAttributeValues: { ':tries': tries, ':refusals': refusals + 1 },
    }),
  );
}

/** Whether a service has answered with an error. */
function isAnswer(error: unknown): boolean {
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode !== undefined && $metadata.httpStatusCode < 500;
}
