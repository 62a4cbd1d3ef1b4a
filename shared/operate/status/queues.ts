import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { deadLetterEnding } from '../redrive.ts';

const policySchema = z.object({ deadLetterTargetArn: z.string().optional() });

/**
 * Adds to queues those of their dead letters, which SQS names.
 *
 * @param queues URLs by name
 * @returns URLs by name; that of the dead letters of `CreateProject` is `CreateProjectDeadLetter`
 */
export async function withDeadLetters(
  sqs: Pick<SQSClient, 'send'>,
  queues: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const found = await Promise.all(
    Object.entries(queues).map(async ([name, QueueUrl]): Promise<[string, string][]> => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
      );
      const target = policySchema
        .parse(JSON.parse(Attributes.RedrivePolicy ?? '{}'))
        .deadLetterTargetArn?.split(':')
        .at(-1);
      const own: [string, string] = [name, QueueUrl];
      return target === undefined
        ? [own]
        : [own, [`${name}${deadLetterEnding}`, QueueUrl.replace(/[^/]+$/, () => target)]];
    }),
  );
  return Object.fromEntries(found.flat());
}
