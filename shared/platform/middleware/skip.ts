import type { MiddlewareObj } from '@middy/core';

/** Answers without doing the work while a condition holds. */
export const skipWhile = (condition: (() => Promise<boolean>) | undefined, answer: unknown): MiddlewareObj => ({
  async before(request) {
    if (await condition?.()) request.earlyResponse = answer;
  },
});
