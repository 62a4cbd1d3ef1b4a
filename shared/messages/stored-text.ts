import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PermanentError } from '../platform/errors.ts';
import { escapeId } from '../portal/id.ts';
import type { MessageType } from '../portal/message-schema.ts';
import { parseMessage } from '../portal/parse-message.ts';
import type { MessageContext } from './context.ts';
import type { DataOf } from './handle/handler.ts';
import type { MessageRecord } from './record.ts';

/** Longest text, in bytes, stored in the message's own item (an item may have 400 KB: DynamoDB service quotas). */
const longestInItem = 100_000;

/**
 * Parses a message's stored text.
 *
 * @throws PermanentError if the text was removed or is of another type
 */
export async function readMessageData<Type extends MessageType>(
  context: Pick<MessageContext, 's3' | 'internalBucket'>,
  record: MessageRecord,
  type: Type,
): Promise<DataOf<Type>> {
  const message = parseMessage((await readText(context, record)) ?? '');
  if (!message.readable) throw new PermanentError(`Message ${record.messageId}: ${message.problem}`);
  if (message.content.type !== type) throw new PermanentError(`Message ${record.messageId} is no ${type}`);
  return message.content.data as DataOf<Type>;
}

/** A message's JSON text as received; undefined if it was removed. */
export async function readText(
  { s3, internalBucket }: Pick<MessageContext, 's3' | 'internalBucket'>,
  { raw, rawKey }: MessageRecord,
): Promise<string | undefined> {
  if (raw !== undefined || !rawKey) return raw;
  const answer = await s3.send(new GetObjectCommand({ Bucket: internalBucket, Key: rawKey }));
  return answer.Body?.transformToString();
}

/** S3's answers about a missing object, the second to a caller without the right to list the bucket. */
const missing: readonly string[] = ['NoSuchKey', 'AccessDenied'];

/** Whether a text could not be read because it is gone: its project was deleted, or it came so long ago that S3 has removed it. */
export const isTextGone = (error: unknown): boolean =>
  error instanceof PermanentError || (error instanceof Error && missing.includes(error.name));

/** Stands for a text that is gone. @throws whatever else prevented reading it */
export function noTextIfGone(error: unknown): undefined {
  if (!isTextGone(error)) throw error;
}

/** Stores a message's text in its item, or in the internal bucket if it is long. */
export async function storeText(
  { s3, internalBucket }: Pick<MessageContext, 's3' | 'internalBucket'>,
  raw: string,
  messageId: string,
): Promise<Pick<MessageRecord, 'raw' | 'rawKey'>> {
  if (Buffer.byteLength(raw) <= longestInItem) return { raw };
  const rawKey = `messages/${escapeId(messageId)}`;
  await s3.send(new PutObjectCommand({ Bucket: internalBucket, Key: rawKey, Body: raw }));
  return { rawKey };
}

/** Removes a message's text from the internal bucket. */
export async function removeText({ s3, internalBucket }: MessageContext, { rawKey }: MessageRecord): Promise<void> {
  if (rawKey) await s3.send(new DeleteObjectCommand({ Bucket: internalBucket, Key: rawKey }));
}
