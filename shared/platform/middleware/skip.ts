import type { MiddlewareObj } from '@middy/core';

/** Answers at once, without the work, while a condition holds. */
export const skipWhile = (condition: (() => Promise<boolean>) | undefined, answer: unknown): MiddlewareObj => ({
  async before(request) {
    if (await condition?.()) request.earlyResponse = answer;
  },
});
