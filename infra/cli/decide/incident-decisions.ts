import { commitActions } from '../../../shared/decisions/context.ts';
import { planDismissal } from '../../../shared/decisions/dismiss.ts';
import { planRetry } from '../../../shared/decisions/retry.ts';
import { incidentsOfDelivery, planRetries, type Retries } from '../../../shared/decisions/retry-many.ts';
import { openIncidents } from '../../../shared/operate/find/incidents.ts';
import { type IncidentRow, incidentKinds, isOpen } from '../../../shared/operations/incidents.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Command, Operation } from '../command.ts';
import { beginningsOf, chooseId } from '../find/find-id.ts';
import { findIncident } from '../records/incidents.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import {
  checkDecision,
  confirm,
  type DecisionValues,
  decide,
  decisionOf,
  decisionOptions,
  printDecision,
} from './confirm.ts';

const retryOptions = {
  delivery: { flags: '--delivery <ID>', summary: 'all failed files of a delivery, by the id of its message' },
  kind: { flags: '--kind <KIND>', choices: incidentKinds, summary: 'all open incidents of a kind' },
  ...decisionOptions,
} as const;

/** Tries the message or file of an incident again. */
export const retryIncident: Command<typeof retryOptions> = {
  name: 'incidents retry',
  group: 'Decide',
  arguments: ['[incidentId]'],
  options: retryOptions,
  summary: 'Try the held message or failed file of an incident again; or of many incidents at once',
  examples: [
    'incidents retry 3f2a9c --reason "DST has put the file right"',
    'incidents retry --delivery 7c3e --reason "DST has put the files right"',
    'incidents retry --kind attempts-used-up --reason "the portal is back"',
  ],
  async run(operation, { delivery, kind, ...values }, id) {
    checkDecision(operation, values);
    if ((id === undefined) === (delivery === undefined && kind === undefined)) {
      throw new InvalidInputError('Give either an incidentId, or --delivery, --kind or both');
    }
    const gateway = await operation.gateway();
    if (id !== undefined) {
      return decide(operation, gateway, values, await planRetry(gateway, await findOpen(gateway, id)));
    }
    const open = await openIncidents(gateway, (incident) => kind === undefined || incident.kind === kind);
    const chosen = delivery === undefined ? open : await ofDelivery(gateway, open, delivery);
    return retryMany(operation, gateway, values, await planRetries(gateway, chosen));
  },
};

async function ofDelivery(
  gateway: OperatedGateway,
  open: readonly IncidentRow[],
  text: string,
): Promise<IncidentRow[]> {
  for (const id of beginningsOf(text)) {
    const exact = await incidentsOfDelivery(gateway, open, id);
    if (exact.length > 0) return exact;
  }
  const isMeant = (id: string) => beginningsOf(text).some((beginning) => id.startsWith(beginning));
  const ids = open.flatMap(({ messageId }) => (messageId && isMeant(messageId) ? [messageId] : []));
  return incidentsOfDelivery(gateway, open, chooseId('open incident of a delivery', text, new Set(ids)));
}

/** Most lines about single actions that are shown. */
const maxShown = 20;

/** Incidents that changed meanwhile are left out, and counted. */
async function retryMany(
  operation: Operation,
  gateway: OperatedGateway,
  values: DecisionValues,
  { actions, refused }: Retries,
): Promise<0 | 1> {
  const { screen, json } = operation;
  const details = { refused: refused.map(({ incident: { incidentId }, why }) => ({ incidentId, why })), changed: 0 };
  for (const { incidentId, why } of json ? [] : details.refused.slice(0, maxShown)) {
    screen.print(`${incidentId.slice(0, 12)}  can't be tried again: ${printable(why)}`);
  }
  if (actions.length === 0) {
    printDecision(operation, {
      outcome: 'nothing-to-do',
      planned: [],
      completed: ['Nothing can be tried again.'],
      ...details,
    });
    return 1;
  }
  const all = actions.flatMap((action) => action.planned);
  const more = all.length > maxShown ? [`and ${all.length - maxShown} lines more of the same kind`] : [];
  const planned = [...all.slice(0, maxShown), ...more];
  const agreed = await confirm(operation, values, planned, details);
  if (agreed !== true) return agreed;
  const { completed, changed } = await commitActions(gateway, actions, await decisionOf(gateway, values.reason));
  if (changed > 0)
    completed.push(`${changed} were changed by another operator, or the gateway, at this moment: look again.`);
  printDecision(operation, { outcome: 'done', planned, completed, ...details, changed });
  return refused.length > 0 || changed > 0 ? 1 : 0;
}

const dismissOptions = {
  wholeDelivery: {
    flags: '--whole-delivery',
    summary: 'also a delivery, with all its failed files; without effect where no delivery is held',
  },
  ...decisionOptions,
} as const;

/** Settles an incident by decision of a person. */
export const dismissIncident: Command<typeof dismissOptions> = {
  name: 'incidents dismiss',
  group: 'Decide',
  arguments: ['<incidentId>'],
  options: dismissOptions,
  summary: 'Settle an incident: its held message counts as processed without being done, and its line goes on',
  examples: [
    'incidents dismiss 3f2a9c --reason "DST knows that it never came"',
    'incidents dismiss 3f2a9c --whole-delivery --reason "DST delivers anew"',
  ],
  async run(operation, values, id = '') {
    checkDecision(operation, values);
    const gateway = await operation.gateway();
    const incident = await findOpen(gateway, id);
    const action = await planDismissal(gateway, incident, values.wholeDelivery ?? false);
    return decide(operation, gateway, values, action);
  },
};

async function findOpen(gateway: OperatedGateway, id: string) {
  const incident = await findIncident(gateway, id);
  if (!isOpen(incident)) throw new PermanentError(`Incident ${incident.incidentId} is settled: ${incident.state}`);
  return incident;
}
