import { readAccount } from '../account.ts';
import { beginTry, endTry, reportRefusal } from '../check-credentials.ts';
import type { FactorContext } from '../context.ts';
import { recordEvent } from '../history.ts';
import { changeAccount } from '../manage-accounts.ts';
import { beginSession } from '../session.ts';
import type { SignedIn } from '../sign-in.ts';
import { challengeUse, continueTry, readChallenge } from './challenge.ts';
import { type FactorProof, useFactor } from './use-factor.ts';

export interface SecondStep {
  challenge: string;
  proof: FactorProof;
  address: string;
  userAgent?: string | undefined;
  requestId: string;
}

export type SecondStepOutcome =
  | SignedIn
  | { kind: 'wrong-factor' | 'challenge-over' }
  /** @param wait milliseconds until the next try */
  | { kind: 'too-many'; wait: number };

/**
 * Completes a sign-in whose password was right. An attempt is counted before the factor is checked, together with the attempts
 * of passwords; the first one belongs to the attempt of its password. Factor and challenge are used up in one transaction, so
 * only one of several concurrent requests gets a token.
 */
export async function completeSignIn(context: FactorContext, step: SecondStep): Promise<SecondStepOutcome> {
  const outcome = await tryComplete(context, step);
  if (outcome.kind !== 'signed-in') reportRefusal(context, outcome.kind, step.address);
  return outcome;
}

async function tryComplete(context: FactorContext, step: SecondStep): Promise<SecondStepOutcome> {
  const { challenge, proof, address, userAgent, requestId } = step;
  const begun = await readChallenge(context, challenge);
  if (!begun) return { kind: 'challenge-over' };
  const { holder, refreshable } = begun;
  const isCounted = await continueTry(context, begun, address);
  const wait = isCounted ? 0 : await beginTry(context, { userName: holder, address });
  if (wait > 0) return { kind: 'too-many', wait };
  const actor = { by: holder, address, requestId };
  const outcome = await changeAccount(context, holder, actor, async (account) => {
    const row = await readChallenge(context, challenge);
    if (row?.generation !== account.generation) return { refusal: 'challenge-over' } as const;
    const changes = await useFactor(context, account, proof, row.passkeyChallenge);
    if (!changes) return { refusal: 'wrong-factor' } as const;
    const writes = [challengeUse(context, row)];
    return { changes, event: 'signed in', details: { factor: proof.kind }, writes } as const;
  });
  if (!outcome) return { kind: 'challenge-over' };
  if ('refusal' in outcome) {
    const read = () => readAccount(context.db, context.tables.accounts, holder);
    const details = { result: outcome.refusal, factor: proof.kind };
    await recordEvent(context, read, { event: 'sign-in refused', details }, actor);
    return { kind: outcome.refusal };
  }
  await endTry(context, { userName: holder, address });
  const { account } = outcome;
  const { changePassword } = account;
  const tokens = await beginSession(context, account, { restricted: changePassword, refreshable, address, userAgent });
  return { kind: 'signed-in', account, tokens, changePassword, addFactor: false };
}
