import { passwordSecrets } from '../functions.ts';
import type { World } from '../world.ts';

/** Invariant 8: secrets are nowhere. */
export function* secretsFound(world: World) {
  const secrets = [
    ...Object.values(passwordSecrets),
    ...world.portal.credentials.map(({ oneTimePassword }) => oneTimePassword),
    ...world.provisioning.taken.map(({ oneTimePassword }) => oneTimePassword),
  ];
  const written: Record<string, string> = {
    logs: world.gateway.logged.join('\n'),
    queues: world.gateway.queues.sent.join('\n'),
    events: world.bus.published.join('\n'),
  };
  for (const table of world.tableNames) written[`table ${table}`] = JSON.stringify(world.dynamodb.items(table));
  for (const [place, text] of Object.entries(written)) {
    if (secrets.some((secret) => text.includes(secret))) yield `a secret is in the ${place}`;
  }
}
