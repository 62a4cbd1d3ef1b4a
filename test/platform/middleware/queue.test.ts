import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { queue } from '../../../shared/platform/middleware/chains.ts';
import { awsEvent } from '../../support/aws-events.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { chainContext, now } from './fixture.ts';

const body = z.object({ messageId: z.string() });
const recordOf = (text: string, index: number) => ({ messageId: `sqs-${index}`, body: text });

describe('the chain of a queue', () => {
  it('handles each record of a batch, with the deadline that the time left and the margin give', async () => {
    const { context, lines } = chainContext();
    const handled: unknown[] = [];
    const handle = async ({ messageId }: { messageId: string }, deadline: number) =>
      handled.push([messageId, deadline]);
    const handler = queue(context, { body, margin: 2_000, handle });
    expect(
      await handler(
        awsEvent('sqs-batch'),
        lambdaContext(() => 30_000),
      ),
    ).toEqual({ batchItemFailures: [] });
    expect(handled).toEqual([
      ['m-1', now + 28_000],
      ['m-2', now + 28_000],
    ]);
    expect(lines).toEqual([]);
  });

  it('reports the records that fail or cannot be decoded, and no others, whatever a batch holds', async () => {
    const good = fc.constant('good');
    const bad = fc.constantFrom('throws', 'throws at once', 'no JSON', '[]', '{"messageId":7}', '');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(good, bad), { maxLength: 10 }), async (kinds) => {
        const { context, lines } = chainContext();
        const finished: string[][] = [];
        const handler = queue(context, {
          body,
          handle: ({ messageId }) => {
            if (messageId === 'throws at once') throw new Error(messageId);
            return messageId === 'throws' ? Promise.reject(new Error(messageId)) : Promise.resolve(messageId);
          },
          finish: async (results) => void finished.push(results),
        });
        const isAsked = (kind: string) => kind === 'good' || kind.startsWith('throws');
        const bodies = kinds.map((kind) => (isAsked(kind) ? JSON.stringify({ messageId: kind }) : kind));
        const { batchItemFailures } = await handler({ Records: bodies.map(recordOf) }, lambdaContext());
        const failed = kinds.flatMap((kind, index) => (kind === 'good' ? [] : [`sqs-${index}`]));
        expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).toSorted()).toEqual(failed.toSorted());
        expect(lines.map(({ queueMessageId }) => queueMessageId).toSorted()).toEqual(failed.toSorted());
        expect(finished).toEqual([kinds.filter((kind) => kind === 'good')]);
      }),
    );
  });

  it('leaves a batch undone while it is to be skipped', async () => {
    const { context } = chainContext();
    const fail = () => Promise.reject(new Error('handled'));
    const handler = queue(context, { body, skip: async () => true, handle: fail, finish: fail });
    expect(await handler(awsEvent('sqs-batch'), lambdaContext())).toEqual({ batchItemFailures: [] });
  });

  it('fails as a whole when what follows a batch fails, so that all of the batch comes again', async () => {
    const { context, lines } = chainContext();
    const finish = () => Promise.reject(new Error('DynamoDB is gone'));
    const handler = queue(context, { body, handle: async () => true, finish });
    await expect(handler(awsEvent('sqs-batch'), lambdaContext())).rejects.toThrow('DynamoDB is gone');
    expect(lines).toMatchObject([{ level: 'error', message: 'invocation failed', error: 'Error: DynamoDB is gone' }]);
  });

  it('refuses what is no event of SQS', async () => {
    const { context } = chainContext();
    const handler = queue(context, { body, handle: async () => true });
    await expect(handler(awsEvent('schedule'), lambdaContext())).rejects.toThrow(
      'event.Records: Invalid input: expected array, received undefined',
    );
  });
});
