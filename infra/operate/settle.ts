import { planDismissal } from '../../shared/operations/dismiss.ts';
import { isOpen } from '../../shared/operations/incidents.ts';
import { planRetry } from '../../shared/operations/retry.ts';
import { PermanentError } from '../../shared/platform/errors.ts';
import type { Command } from './command.ts';
import { checkDeciding, decide, deciding } from './decide.ts';
import type { Gateway } from './gateway.ts';
import { findIncident } from './incidents.ts';

/** Has what an incident is about tried again. */
export const retryIncident: Command<typeof deciding> = {
  arguments: ['incidentId'],
  options: deciding,
  summary: 'has the held message, or the failed file, of an incident tried again',
  async run(operation, values, id = '') {
    checkDeciding(operation, values);
    const gateway = await operation.gateway();
    return decide(operation, gateway, values, await planRetry(gateway, await findOpen(gateway, id)));
  },
};

const options = {
  'whole-delivery': { type: 'boolean', summary: 'a delivery as well, with all its files that failed' },
  ...deciding,
} as const;

/** Settles an incident by a person's word. */
export const dismissIncident: Command<typeof options> = {
  arguments: ['incidentId'],
  options,
  summary: 'settles an incident: the message that is held for it counts as processed, undone, and its line goes on',
  async run(operation, values, id = '') {
    checkDeciding(operation, values);
    const gateway = await operation.gateway();
    const incident = await findOpen(gateway, id);
    const action = await planDismissal(gateway, incident, values['whole-delivery'] ?? false);
    return decide(operation, gateway, values, action);
  },
};

async function findOpen(gateway: Gateway, id: string) {
  const incident = await findIncident(gateway, id);
  if (!isOpen(incident)) throw new PermanentError(`Incident ${incident.incidentId} is settled: ${incident.state}`);
  return incident;
}
