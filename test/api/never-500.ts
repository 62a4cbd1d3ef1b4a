import fc from 'fast-check';
import { expect, onTestFinished } from 'vitest';
import { differenceOfAnswer } from './described.ts';
import { createApi } from './functions.ts';
import { requestTo } from './generate.ts';
import { requestId, send } from './requests.ts';

/** Sends generated requests to the functions of the HTTP API: each gets an answer in words, as it is described, and none a 500. */
export async function neverFails(numRuns: number): Promise<void> {
  const { functions, tokens, stop } = await createApi();
  onTestFinished(stop);
  for (const { handler, routes } of functions) {
    const property = fc.asyncProperty(
      requestTo(routes, [...Object.values(tokens), 'x'.repeat(64)]),
      async (request) => {
        const { status, headers, body } = await send(handler, request);
        expect(status).toBeLessThan(500);
        expect(headers['x-request-id']).toBe(requestId);
        if (status >= 400) expect(body).toEqual(expect.any(Object));
        expect(differenceOfAnswer(request, { status, body })).toBeUndefined();
      },
    );
    await fc.assert(property, { numRuns: Math.ceil(numRuns / functions.length) });
  }
}
