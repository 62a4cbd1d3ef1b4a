import { tokenIn } from './access.ts';
import type { Answer, Refusal } from './answer.ts';
import { refusals } from './refusals.ts';

/** Ways of a documented API to send a token and to word refusals. */
export interface Dialect {
  /** @throws Refusal when headers are not in the expected format */
  tokenIn(headers: Readonly<Record<string, string | undefined>>): string | undefined;
  noToken(): Refusal;
  invalidToken(): Refusal;
  /** Rewrites a refusal of the chain. */
  refusal(answer: Answer, method: string): Answer;
}

/** The gateway's own. */
export const ownDialect: Dialect = {
  tokenIn,
  noToken: refusals.noToken,
  invalidToken: refusals.invalidToken,
  refusal: (answer) => answer,
};
