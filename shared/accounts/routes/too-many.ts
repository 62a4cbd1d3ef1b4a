import { answer } from '../../api/answer.ts';
import { errorAnswer } from './context.ts';

export const tooManyText = 'Too many tries. Please try again later';

/** Header of an answer to an attempt that comes too early. @param wait milliseconds */
export const retryAfter = (wait: number) => ({ 'retry-after': String(Math.ceil(wait / 1_000)) });

/** Answer to an attempt to sign in that comes too early. @param wait milliseconds */
export const tooManyTries = (wait: number) => answer(429, { error: tooManyText }, retryAfter(wait));

export const tooManyAnswer = errorAnswer(
  'Too many wrong passwords: the header `retry-after` has the seconds to wait',
  tooManyText,
);
