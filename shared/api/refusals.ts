import { answer, Refusal } from './answer.ts';

const refusal = (status: number, body: unknown, headers?: Record<string, string>) =>
  new Refusal(answer(status, body, headers));

/** Refusals that all endpoints have in common. */
export const refusals = {
  noToken: () => refusal(400, { error: 'Access Denied', message: 'No token header' }),
  invalidToken: () =>
    refusal(
      401,
      { error: 'Access Denied', message: 'Supplied token is invalid. Please sign in again' },
      { 'www-authenticate': 'Bearer' },
    ),
  notPermitted: () => refusal(403, { error: 'Access Denied', message: 'You do not have permission to do this' }),
  passwordMustBeChanged: () => refusal(403, { error: 'Access Denied', message: 'Password must be changed' }),
  secondFactorMustBeAdded: () => refusal(403, { error: 'Access Denied', message: 'A second factor must be added' }),
  notFound: () => refusal(404, { error: 'The current endpoint cannot be found on the server' }),
  /** @param allowed the methods that the path has */
  methodNotAllowed: (allowed: readonly string[]) =>
    refusal(405, { error: 'Method not allowed for this endpoint' }, { allow: allowed.join(', ') }),
  /** @param message the rule that the request breaks */
  badRequest: (message: string) => refusal(400, { error: 'Bad Request', message }),
  /** @param message the rule that the body breaks */
  badJson: (message: string) => refusal(400, { error: 'Bad Request. Does the body contain valid JSON?', message }),
  /** @param most bytes that a body may have */
  tooLarge: (most: number) => refusal(413, { error: `The body has more than ${most} bytes` }),
  /** @param most bytes that an answer may have */
  answerTooLarge: (most: number) => refusal(413, { error: `The answer has more than ${most} bytes: ask for less` }),
  busy: (requestId: string) =>
    refusal(503, { error: 'The service is busy. Please try again', requestId }, { 'retry-after': '1' }),
  failed: (requestId: string) => refusal(500, { error: 'An unknown error has occurred. Please try again', requestId }),
} as const;
