import * as z from 'zod';
import type { Caller } from '../../api/access.ts';
import { answer, Refusal } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import type { AccountRow } from '../account.ts';
import type { AccountOwner, OwnerChange, OwnerProof } from '../factors/change-as-owner.ts';
import { actorOf, errorAnswer } from './context.ts';
import { tooManyAnswer, tooManyTries } from './too-many.ts';

/** Body of a request that only the account's owner may send: a token is not enough. */
export const ownerBody = z
  .object({ password: z.string().optional(), totp: z.string().optional(), recoveryCode: z.string().optional() })
  .meta({ examples: [{ password: 'a kayak on the frozen lake' }, { totp: '123456' }] });

export const ownerAnswers = {
  403: errorAnswer('A wrong password or code, or no permission', 'Incorrect password or code'),
  429: tooManyAnswer,
} as const;

interface OwnerRequest {
  caller: Caller;
  address: string;
  requestId: string;
  parameters: { username: string };
  body: z.infer<typeof ownerBody>;
}

/** Owner that a request with `ownerBody` comes from. @throws Refusal unless there is exactly one proof */
export const ownerOf = (request: OwnerRequest): AccountOwner => ({
  userName: request.parameters.username,
  proof: ownerProofIn(ownerBody, request.body),
  actor: actorOf(request),
});

function ownerProofIn(schema: z.ZodType, sent: z.infer<typeof ownerBody>): OwnerProof {
  const { password, totp, recoveryCode } = sent;
  const given: OwnerProof[] = [
    ...(password === undefined ? [] : [{ kind: 'password' as const, password }]),
    ...(totp === undefined ? [] : [{ kind: 'totp' as const, code: totp }]),
    ...(recoveryCode === undefined ? [] : [{ kind: 'recoveryCode' as const, code: recoveryCode }]),
  ];
  const [proof] = given;
  if (proof && given.length === 1) return proof;
  throw ruleBroken(schema, 'exactly one of password, totp and recoveryCode must be given');
}

/**
 * @returns the account as it is now, or the refusal of the plan
 * @throws Refusal when the sender has not proven to be the owner
 */
export function settled<Reason>(change: OwnerChange<Reason>): { account: AccountRow } | { refusal: Reason } {
  switch (change.kind) {
    case 'changed':
      return { account: change.account };
    case 'refused':
      return { refusal: change.refusal };
    case 'too-many':
      throw new Refusal(tooManyTries(change.wait));
    case 'unknown':
      throw refusals.invalidToken();
    default:
      throw new Refusal(answer(403, { error: 'Incorrect password or code' }));
  }
}
