import type { S3Client } from '@aws-sdk/client-s3';

const times = new WeakMap<object, number>();

/** Records the server time of each answer of S3: the times of objects are by S3's clock, which may differ from ours. */
export function noteServerTime(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const time = Date.parse(headers?.date ?? '');
      if (result.output && !Number.isNaN(time)) times.set(result.output, time);
      return result;
    },
    { step: 'deserialize', name: 'noteServerTime', priority: 'high' },
  );
}

/** The server time of an answer of S3, in milliseconds since 1970 rounded to seconds; undefined if the answer has no date. */
export const serverTimeOf = (answer: object): number | undefined => times.get(answer);
