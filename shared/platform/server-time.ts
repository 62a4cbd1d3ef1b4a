import type { S3Client } from '@aws-sdk/client-s3';

const times = new WeakMap<object, number>();

/** Notes with each answer of S3 when S3 gave it: its clock and ours may differ, and only S3's tells when objects were put. */
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

/** When S3 gave an answer, by its own clock: milliseconds since 1970, in whole seconds. Nothing when it did not say. */
export const serverTimeOf = (answer: object): number | undefined => times.get(answer);
