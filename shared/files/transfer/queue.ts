import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MessageContext } from '../../messages/context.ts';
import { transfersLine } from '../../messages/subject.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { getItem, query } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { omitUndefined } from '../../portal/json.ts';
import { maxBatch } from './plan.ts';

/** Entries looked at together: as many as a free slot may take. */
const pageSize = maxBatch;

type Pages = AsyncGenerator<TransferEntry[]>;

/**
 * What is still to be transferred, line after line, each as its pages: from the line after the cursor's on, and at last that
 * line, whose pages begin at a fresh cursor. Of a line no more than the first page is read unless more is asked for.
 */
export async function* readTransferQueue(context: MessageContext, cursor?: Cursor): AsyncGenerator<Pages> {
  if (!cursor) return yield* linesBetween(context, {});
  const { position } = cursor;
  const line = lineOf(position);
  yield* linesBetween(context, { first: endOf(line) });
  yield* linesBetween(context, { last: startOf(line) });
  const whole = { first: startOf(line), last: endOf(line) };
  yield isFresh(context, cursor) ? pagesFrom(context, position) : pagesBetween(context, whole);
}

/** What the positions of a line begin with. */
const lineOf = (position: string) => position.slice(0, `${position}/`.indexOf('/'));

/** Before all positions of a line, and behind them. */
const startOf = (line: string) => `${line}/`;
const endOf = (line: string) => `${line}/\u{10ffff}`;

/** Just behind a position: nothing in one comes before a space. */
const behind = (position: string) => `${position} `;

/** Positions from a first to a last, both inclusive. */
interface Span {
  first?: string;
  last?: string;
}

async function* linesBetween(context: MessageContext, { first, last }: Span): AsyncGenerator<Pages> {
  for (let from = first; ; ) {
    const page = await readPage(context, { ...omitUndefined({ first: from, last }) });
    const byLine = [...Map.groupBy(page, ({ position }) => lineOf(position))];
    const lastLine = byLine.at(-1)?.[0];
    const isLastPage = page.length < pageSize;
    for (const [line, entries] of byLine) yield pagesOfLine(context, entries, !isLastPage && line === lastLine);
    if (isLastPage || lastLine === undefined) return;
    from = endOf(lastLine);
  }
}

/** @param goesOn whether the line may have more than its first entries */
async function* pagesOfLine(context: MessageContext, entries: TransferEntry[], goesOn: boolean): Pages {
  yield entries;
  const { position = '' } = entries.at(-1) ?? {};
  if (goesOn) yield* pagesBetween(context, { first: behind(position), last: endOf(lineOf(position)) });
}

async function* pagesFrom(context: MessageContext, position: string): Pages {
  const line = lineOf(position);
  yield* pagesBetween(context, { first: position, last: endOf(line) });
  for await (const page of pagesBetween(context, { first: startOf(line), last: position })) {
    yield page.filter((entry) => entry.position !== position);
  }
}

async function* pagesBetween(context: MessageContext, { first, last }: Required<Span>): Pages {
  for (let from = first; ; ) {
    const page = await readPage(context, { first: from, last });
    if (page.length > 0) yield page;
    const end = page.at(-1);
    if (page.length < pageSize || !end) return;
    from = behind(end.position);
  }
}

/** The first entries of a span. */
async function readPage(
  { db, tables }: MessageContext,
  { first = ' ', last = '\u{10ffff}' }: Span,
): Promise<TransferEntry[]> {
  // DynamoDB refuses such a span, which is behind a full page that ends with the last position.
  if (first > last) return [];
  const entries = query<TransferEntry>(db, {
    TableName: tables.lines,
    KeyConditionExpression: 'line = :line AND #position BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#position': 'position' },
    ExpressionAttributeValues: { ':line': transfersLine, ':first': first, ':last': last },
    Limit: pageSize,
  });
  for await (const page of gatherPages(entries, pageSize)) return page;
  return [];
}

/**
 * Where a transfer was started last, for transfers that end: the next line's turn is then. While the cursor is fresh, what
 * stands before it in its line was mostly claimed, and need not be looked through by each that ends.
 */
export interface Cursor {
  position: string;
  /** When somebody last began with the first entry of its line, in milliseconds since 1970. */
  since: number;
}

const key = { name: 'transfers' };

/** So long, in milliseconds, what stands before the cursor may have to wait while there is other work. */
const cursorTtl = 5_000;

const isFresh = ({ clock }: MessageContext, { since }: Cursor) => clock.now() - since < cursorTtl;

export const readCursor = ({ db, tables }: MessageContext): Promise<Cursor | undefined> =>
  getItem<Cursor>(db, tables.control, key);

/** @param former where the reader began */
export async function moveCursor(context: MessageContext, former: Cursor | undefined, position: string): Promise<void> {
  const { db, tables, clock } = context;
  const goesOn = former !== undefined && lineOf(former.position) === lineOf(position) && isFresh(context, former);
  if (goesOn && position === former.position) return;
  await db.send(
    new UpdateCommand({
      TableName: tables.control,
      Key: key,
      UpdateExpression: 'SET #position = :position, since = :since',
      ExpressionAttributeNames: { '#position': 'position' },
      ExpressionAttributeValues: { ':position': position, ':since': goesOn ? former.since : clock.now() },
    }),
  );
}
