import { answer } from '../../api/answer.ts';
import { errorAnswer } from './context.ts';

export const tooManyText = 'Too many tries. Please try again later';

/** The header of an answer to a try that comes too early. @param wait milliseconds */
export const retryAfter = (wait: number) => ({ 'retry-after': String(Math.ceil(wait / 1_000)) });

/** The answer to a try to sign in that comes too early. @param wait milliseconds */
export const tooManyTries = (wait: number) => answer(429, { error: tooManyText }, retryAfter(wait));

export const tooManyAnswer = errorAnswer(
  'Too many wrong passwords: the header `retry-after` has the seconds to wait',
  tooManyText,
);
