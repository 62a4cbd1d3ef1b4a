import * as z from 'zod';
import { answer, Refusal } from '../api/answer.ts';
import { errorBody } from '../api/error-body.ts';
import { type Missing, missingView } from './missing.ts';

/** Refusals have the shape that clients of the documented API know. */
const errorView = z.object({ message: z.string(), exception: z.string() });

const refuse = (status: number, message: string, exception: string, more: object = {}): Refusal =>
  new Refusal(answer(status, { message, exception, ...more }));

export const refusals = {
  notLoggedIn: () => refuse(401, 'Not logged in', 'NotLoggedIn'),
  /** For a caller that sees the subject but may not do this to it. */
  notAllowed: () => refuse(403, 'Insufficient rights', 'NotAllowed'),
  /** For what does not exist as for what the caller may not see. */
  notFound: () => refuse(404, 'Not found!', 'NotFound'),
  badRequest: (message: string) => refuse(400, message, 'BadRequest'),
  /** @param missing what is to be done first */
  conflict: (missing: readonly Missing[]) =>
    refuse(409, missing.map(({ message }) => message).join('. '), 'Conflict', { missing }),
} as const;

const described = (description: string, message: string, exception: string) => ({
  description,
  body: errorView.meta({ examples: [{ message, exception }] }),
});

/** An answer of the gateway's own shape where the request is refused before it gets to a route. */
const eitherWay = (description: string, message: string, exception: string) => ({
  description,
  body: z.union([errorView, errorBody]).meta({ examples: [{ message, exception }] }),
});

/** Answers of `refusals`, for the description of a route. */
export const errorAnswers = {
  400: eitherWay('A request that breaks a rule', 'details: must be an object', 'BadRequest'),
  401: eitherWay('No token, where one is needed, or one that is not valid', 'Not logged in', 'NotLoggedIn'),
  403: described('The process or project is not yours to do this to', 'Insufficient rights', 'NotAllowed'),
  404: described('There is no such thing, or you may not see it', 'Not found!', 'NotFound'),
  409: {
    description: 'The state does not allow it; `missing` lists what is to be done first',
    body: errorView.extend({ missing: z.array(missingView) }).meta({
      examples: [
        {
          message: 'No contractor is chosen',
          exception: 'Conflict',
          missing: [{ key: 'Process-Contractor', message: 'No contractor is chosen' }],
        },
      ],
    }),
  },
} as const;
