import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MessageContext } from '../../messages/context.ts';
import { transfersLine } from '../../messages/subject.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { eventually, getItem, query } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { omitUndefined } from '../../portal/json.ts';
import { maxBatch } from './plan.ts';

/** Entries per page: as many as one transfer can take. */
const pageSize = maxBatch;

type Pages = AsyncGenerator<TransferEntry[]>;

/**
 * Yields the open transfers of each line as pages, beginning with the line after the cursor's and ending with the cursor's
 * line, which begins at the cursor if that is fresh. Only the first page of a line is read until the caller asks for more.
 */
export async function* readTransferQueue(context: MessageContext, cursor?: QueueCursor): AsyncGenerator<Pages> {
  if (!cursor) return yield* linesBetween(context, {});
  const { position } = cursor;
  const line = lineOf(position);
  const start = await readPage(context, {});
  if (start.length < pageSize) return yield* linesFrom(line, start);
  yield* linesBetween(context, { first: endOf(line) });
  yield* linesBetween(context, { last: startOf(line) });
  const whole = { first: startOf(line), last: endOf(line) };
  yield isFresh(context, cursor) ? pagesFrom(context, position) : pagesBetween(context, whole);
}

/** The lines of a short queue, all of whose entries were read: those after the given line first, the line itself last. */
async function* linesFrom(line: string, entries: readonly TransferEntry[]): AsyncGenerator<Pages> {
  const lines = [...Map.groupBy(entries, ({ position }) => lineOf(position))];
  const after = lines.filter(([each]) => each > line);
  for (const [, ofLine] of [...after, ...lines.filter(([each]) => each <= line)]) {
    yield (async function* () {
      yield ofLine;
    })();
  }
}

/** Prefix of the positions of a line. */
const lineOf = (position: string) => position.slice(0, `${position}/`.indexOf('/'));

/** Sorts before all positions of a line; `endOf` sorts after them. */
const startOf = (line: string) => `${line}/`;
const endOf = (line: string) => `${line}/\u{10ffff}`;

/** Sorts directly after a position, because no character of positions sorts before a space. */
const behind = (position: string) => `${position} `;

/** A range of positions, both ends inclusive. */
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

/** @param goesOn whether the line may have further entries */
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
  // DynamoDB refuses an empty range, which follows a full page that ends at the last position.
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
 * Cursor into the transfer queue: where a transfer was last started. A finishing transfer starts the next one from the
 * following line. While the cursor is fresh, the entries before it in its line are probably claimed, and finishing transfers
 * skip them.
 */
export interface QueueCursor {
  position: string;
  /** When its line was last read from the first entry, in milliseconds since 1970. */
  since: number;
}

const key = { name: 'transfers' };

/** Longest time, in milliseconds, for which entries before the cursor may be skipped. */
const cursorTtl = 5_000;

const isFresh = ({ clock }: MessageContext, { since }: QueueCursor) => clock.now() - since < cursorTtl;

/** The cursor as last moved, or a little older: it only decides with which line to begin. */
export const readCursor = ({ db, tables }: MessageContext): Promise<QueueCursor | undefined> =>
  getItem<QueueCursor>(db, tables.control, key, eventually);

/** @param former the cursor at which reading began */
export async function moveCursor(
  context: MessageContext,
  former: QueueCursor | undefined,
  position: string,
): Promise<void> {
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
