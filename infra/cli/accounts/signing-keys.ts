import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { formatKeyRing, type KeyRing, parseKeyRing, verifyingKeys, withNewKey } from '../../../shared/auth/key-ring.ts';
import { makeSigningKey } from '../../../shared/auth/signing-keys.ts';
import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { checkDecision, confirm, decisionOptions, printDecision, recordAudit } from '../decide/confirm.ts';
import { listing, printPage, type Show } from '../listing.ts';
import { nameOf } from '../target/find-stack.ts';
import type { OperatedGateway } from '../target/gateway.ts';

interface KeyLine {
  keyId: string;
  state: 'signs' | 'verifies' | 'expired';
}

const show: Show<KeyLine> = {
  head: ['STATE', 'KEY'],
  row: ({ keyId, state }) => [state, keyId],
  describe: (line) => ({ ...line }),
  id: ({ keyId }) => keyId,
  one: 'key',
  many: 'keys',
};

/** Lists the keys of signed tokens, by their ids alone. */
export const listSigningKeys: Command<typeof listing> = {
  name: 'signing-keys list',
  group: 'Accounts',
  arguments: [],
  options: listing,
  summary: 'List the keys of signed tokens: the one that signs, and those whose tokens may still be valid',
  examples: ['signing-keys list'],
  async run(operation, { after, limit }) {
    const gateway = await operation.gateway();
    const secret = await readSecret(gateway);
    const ring = secret === undefined ? undefined : parseKeyRing(secret);
    return printPage(operation, limit, linesOf(ring, gateway.clock.now(), after), show);
  },
};

async function* linesOf(ring: KeyRing | undefined, now: number, after = ''): AsyncGenerator<KeyLine> {
  const verifying = ring ? verifyingKeys(ring, now) : [];
  for (const keyId of Object.keys(ring?.keys ?? {}).toSorted()) {
    const state = keyId === ring?.current ? 'signs' : verifying.includes(keyId) ? 'verifies' : 'expired';
    if (keyId > after) yield { keyId, state };
  }
}

const options = {
  revoke: {
    flags: '--revoke',
    summary: 'drop all older keys at once, as after a theft: their tokens verify no longer',
  },
  ...decisionOptions,
} as const;

/** Makes a key that signs tokens from now on. */
export const rotateSigningKeys: Command<typeof options> = {
  name: 'signing-keys rotate',
  group: 'Accounts',
  arguments: [],
  options,
  summary: 'Make a new key for signed tokens, the first one too. Older keys verify until their tokens have expired',
  examples: ['signing-keys rotate --reason "each year"', 'signing-keys rotate --revoke --reason "a backup was stolen"'],
  async run(operation, { revoke, ...values }) {
    checkDecision(operation, values);
    const gateway = await operation.gateway();
    const secret = await readSecret(gateway);
    const before = secret === undefined ? undefined : revoke ? ringIn(secret) : parseKeyRing(secret);
    const after = withNewKey(revoke ? undefined : before, await makeSigningKey(), gateway.clock.now());
    const keyId = after.current;
    const dropped = Object.keys(before?.keys ?? {}).filter((id) => !Object.hasOwn(after.keys, id));
    const planned = [
      'A new key will sign tokens within a minute. Services that keep one public key take it within an hour.',
      ...dropped.map((id) => `Key ${id} will be dropped.`),
      ...(secret !== undefined && !before ? ['The secret has another form than keys: it will be replaced.'] : []),
    ];
    const agreed = await confirm(operation, values, planned, { dropped });
    if (agreed !== true) return agreed;
    const details = { keyId, dropped };
    await recordAudit(gateway, values.reason, { subject: gatewaySubject, event: 'signing key rotated', details });
    const SecretId = secretOf(gateway);
    await gateway.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: formatKeyRing(after) }));
    printDecision(operation, { outcome: 'done', planned, completed: [`Key ${keyId} is made.`], ...details });
    return 0;
  },
};

const secretOf = ({ secrets }: OperatedGateway) => nameOf(secrets, 'SigningKeys');

/** @returns nothing before the first key */
async function readSecret(gateway: OperatedGateway): Promise<string | undefined> {
  try {
    const answer = await gateway.secretsManager.send(new GetSecretValueCommand({ SecretId: secretOf(gateway) }));
    return answer.SecretString ?? '';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** @returns nothing where the secret was overwritten by something else */
function ringIn(secret: string): KeyRing | undefined {
  try {
    return parseKeyRing(secret);
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}
