import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { readAccount } from '../account.ts';
import type { FactorContext } from '../context.ts';
import type { Actor } from '../history.ts';
import { changeAccount } from '../manage-accounts.ts';
import { newChallenge } from './challenge.ts';
import { type AccountOwner, changeAsOwner, type OwnerChange } from './change-as-owner.ts';
import { firstFactor, shownOnce } from './first-factor.ts';
import { creationOptions, passkeyTime, verifyCreation } from './passkey.ts';
import { newRecoveryCodes } from './recovery-codes.ts';

/** Most passkeys of an account: all fit into its row. */
const maxPasskeys = 10;

/** Begins the making of a passkey. @returns what the browser needs, with a challenge of five minutes */
export async function beginPasskey(
  context: FactorContext,
  owner: AccountOwner,
): Promise<{ change: OwnerChange<'too-many-passkeys'>; options?: PublicKeyCredentialCreationOptionsJSON }> {
  const challenge = newChallenge();
  const change = await changeAsOwner<'too-many-passkeys'>(context, owner, ({ passkeys = [] }) =>
    passkeys.length < maxPasskeys
      ? {
          changes: { pendingPasskey: { challenge, expiresAt: context.clock.now() + passkeyTime } },
          event: 'second factor begun',
          details: { factor: 'passkey' },
        }
      : { refusal: 'too-many-passkeys' },
  );
  if (change.kind !== 'changed') return { change };
  const { passkeys = [], userName: shownName } = change.account;
  return { change, options: await creationOptions(context.service, { userName: shownName, passkeys, challenge }) };
}

/** `recoveryCodes` come with the first factor of an account, this once. */
export type PasskeyAddition =
  | { kind: 'added'; id: string; recoveryCodes?: string[] }
  | { kind: 'not-verified' | 'not-begun' | 'exists' | 'unknown' };

/** Adds the passkey that a browser has made. The challenge is used up with it. */
export async function addPasskey(
  context: FactorContext,
  userName: string,
  { name, response }: { name: string; response: RegistrationResponseJSON },
  actor: Actor,
): Promise<PasskeyAddition> {
  const { db, clock, tables, service } = context;
  const pending = (await readAccount(db, tables.accounts, userName))?.pendingPasskey;
  if (!pending || pending.expiresAt <= clock.now()) return { kind: 'not-begun' };
  const made = await verifyCreation(service, response, pending.challenge);
  if (!made) return { kind: 'not-verified' };
  const codes = newRecoveryCodes();
  const outcome = await changeAccount(context, userName, actor, (account) => {
    const { passkeys = [], pendingPasskey } = account;
    if (pendingPasskey?.challenge !== pending.challenge) return { refusal: 'not-begun' } as const;
    if (passkeys.some(({ id }) => id === made.id)) return { refusal: 'exists' } as const;
    const now = clock.now();
    return {
      changes: {
        passkeys: [...passkeys, { ...made, name, createdAt: now }],
        pendingPasskey: undefined,
        ...firstFactor(account, codes),
      },
      event: 'second factor added',
      details: { factor: 'passkey', passkey: made.id },
    } as const;
  });
  if (!outcome) return { kind: 'unknown' };
  if ('refusal' in outcome) return { kind: outcome.refusal };
  return { kind: 'added', id: made.id, ...shownOnce(outcome.account, codes) };
}
