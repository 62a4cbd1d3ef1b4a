import type { Context, SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { describeError, InvalidInputError } from '../errors.ts';
import type { Log } from '../logger.ts';
import { parseInput } from './validate.ts';

/** The fields of an SQS event that a batch needs (AWS Lambda developer guide, "Using Lambda with Amazon SQS"). */
export const recordsSchema = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

type Batch = z.infer<typeof recordsSchema>;

export interface Records<Body, Result> {
  /** The rule for the JSON of a record's body. */
  body: z.ZodType<Body>;
  /** Handles one record, concurrently with the others of the batch. @param deadline in milliseconds since 1970 */
  handle(body: Body, deadline: number): Promise<Result>;
  /** Runs once after the batch. @param results of the records that did not fail */
  finish?(results: Result[]): Promise<void>;
}

/**
 * Handles the records of a batch and reports the failed ones, so that SQS redelivers only these (partial batch response). A
 * record that cannot be decoded counts as failed.
 */
export const eachRecord =
  <Body, Result>(log: Log, { body, handle, finish }: Records<Body, Result>, deadlineOf: (context: Context) => number) =>
  async ({ Records }: Batch, context: Context): Promise<SQSBatchResponse> => {
    const deadline = deadlineOf(context);
    const results: Result[] = [];
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    const handleRecord = async (record: Batch['Records'][number]) => {
      try {
        results.push(await handle(parseInput('body', body, parseJson(record.body)), deadline));
      } catch (error) {
        log.error('queue message failed', { queueMessageId: record.messageId, error: describeError(error) });
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    };
    await Promise.all(Records.map(handleRecord));
    await finish?.(results);
    return { batchItemFailures };
  };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError('body: must be JSON');
  }
}
