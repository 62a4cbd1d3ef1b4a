import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';

/** Answers without doing the work while a condition holds. */
export const skipWhile = <Event, Answer>(
  condition: (() => Promise<boolean>) | undefined,
  answer: (event: Event, context: Context) => Answer | Promise<Answer>,
): MiddlewareObj<Event, Answer> => ({
  async before(request) {
    if (await condition?.()) request.earlyResponse = await answer(request.event, request.context);
  },
});
