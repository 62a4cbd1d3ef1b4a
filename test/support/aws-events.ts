import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SQSEvent, SQSRecord } from 'aws-lambda';

/** An event in the form in which AWS sends it. */
export const awsEvent = (name: 'sqs-batch' | 'schedule' | 's3-object-created' | 's3-test'): unknown =>
  JSON.parse(textOf(name));

const textOf = (name: string) => readFileSync(join(import.meta.dirname, 'aws-events', `${name}.json`), 'utf8');

const {
  Records: [record],
}: SQSEvent = JSON.parse(textOf('sqs-batch'));

/** A record of a queue, as Lambda gets it from SQS. */
export function sqsRecord(body: string, index = 0): SQSRecord {
  if (!record) throw new Error('The event has no record');
  return { ...record, messageId: `sqs-${index}`, body };
}
