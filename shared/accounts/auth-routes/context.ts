import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { errorBody } from '../../api/error-body.ts';
import { type Route, routesOf } from '../../api/route.ts';
import { tokenSchema } from '../../auth/signed-token.ts';
import type { AccountsContext } from '../routes/context.ts';
import type { SignedTokenContext } from '../signed-session.ts';

/** Context of the routes of `/auth`. */
export interface AuthContext extends SignedTokenContext {
  settings: AccountsContext['settings'];
}

export const route = routesOf<AuthContext>();
export type AuthRoute = Route<AuthContext>;

/** Bodies are read as JSON whatever their content type. */
export const anyJson = {
  anyContentType: true,
  invalidBody: answer(400, { detail: 'Incomplete request form' }),
} as const;

export const incomplete = {
  description: 'A body that is no JSON, or has not all fields',
  body: z
    .union([z.object({ detail: z.string() }), errorBody])
    .meta({ examples: [{ detail: 'Incomplete request form' }] }),
};

/** A refusal, which has the status of success as documented. */
export const refused = (comment?: string) =>
  answer(200, { success: false as const, ...(comment !== undefined && { comment }) });

const example: z.infer<typeof tokenSchema> = {
  code: 'bob@centre.example',
  id: 1_091_127_815,
  perm: 0,
  time: 1_767_600_000,
  belongs: [],
  signature: `${'x'.repeat(342)}==`,
};

export const tokenBody = z.object({ token: z.unknown() }).meta({ examples: [{ token: example }] });

const refusal = z.object({ success: z.literal(false), comment: z.string().optional() });

/** An answer with a token, or with the reason why there is none. */
export const tokenAnswer = (description: string, comment: string) => ({
  description,
  body: z.union([z.object({ success: z.literal(true), token: tokenSchema }), refusal]).meta({
    examples: [
      { success: true, token: example },
      { success: false, comment },
    ],
  }),
});

/** An answer without more than success. */
export const plainAnswer = (description: string, comment: string) => ({
  description,
  body: z
    .union([z.object({ success: z.literal(true) }), refusal])
    .meta({ examples: [{ success: true }, { success: false, comment }, { success: false }] }),
});
