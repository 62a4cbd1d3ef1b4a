import * as z from 'zod';
import { readNamed } from '../../accounts/caller.ts';
import { type Caller, type RouteAccess, signedIn } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { type Route, routesOf } from '../../api/route.ts';
import type { WorkspacesContext } from '../context.ts';
import { viewerOf, type WorkspaceViewer } from '../users.ts';

export const route = routesOf<WorkspacesContext>();
export type WorkspacesRoute = Route<WorkspacesContext>;

/** Finds the sender of a request. @throws Refusal when the account was deleted meanwhile */
export async function readViewer(context: WorkspacesContext, caller: Caller): Promise<WorkspaceViewer> {
  const row = await readNamed(context, caller, caller.name);
  if (!row) throw refusals.invalidToken();
  return viewerOf(context, row);
}

/** Answers of the documented API: always 200, with a message, and mostly with data. */
export const ok = (message: string) => answer(200, { message, success: true as const });
export const okWith = <Data extends object>(message: string, data: Data) =>
  answer(200, { message, success: true as const, data });

export const okAnswer = (description: string, ...messages: string[]) => ({
  description,
  body: z
    .object({ message: z.string(), success: z.literal(true) })
    .meta({ examples: messages.map((message) => ({ message, success: true })) }),
});

export const okAnswerWith = <Data extends z.ZodType>(description: string, data: Data, example: object) => ({
  description,
  body: z
    .object({ message: z.string(), success: z.literal(true), data })
    .meta({ examples: [{ message: 'Successful.', success: true, data: example }] }),
});

/** A refusal, with the texts that it may have. */
export const refusalAnswer = (description: string, ...messages: string[]) => ({
  description,
  body: z
    .object({ success: z.literal(false), message: z.string() })
    .meta({ examples: messages.map((message) => ({ success: false, message })) }),
});

/** Refusals that all routes have in common. */
const answers = {
  400: refusalAnswer('A request that breaks a rule', 'Invalid JSON: Expecting value: line 1 column 1 (char 0)'),
  401: refusalAnswer(
    'No token, or one that is not valid',
    'Authentication credentials were not provided.',
    'Invalid auth header format.',
    'Invalid token provided.',
  ),
  403: refusalAnswer('No permission', 'You do not have permission to do this'),
  405: refusalAnswer('Another method', 'Method "POST" not allowed.'),
};

/** Everybody. A token that is sent has to be valid. */
export const anybody: RouteAccess<Caller | undefined> = {
  token: 'optional',
  description: 'Anyone. A token that is sent has to be valid.',
  answers,
  admit: (caller) => caller,
};

export const account: typeof signedIn = { ...signedIn, answers };

export const idParameters = z.object({ id: z.string().meta({ examples: ['1'] }) });
export const actionParameters = (action: string) =>
  z.object({ id: z.string().meta({ examples: ['1'] }), action: z.string().meta({ examples: [action] }) });

/** An integer id. @throws Refusal when it is none */
export function idOf(text: string): number {
  const id = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw refusals.notFound();
  return id;
}
