import { commitAction } from '../../../shared/decisions/context.ts';
import { planDismissal } from '../../../shared/decisions/dismiss.ts';
import { planRetry } from '../../../shared/decisions/retry.ts';
import { incidentsOfDelivery, planRetries, type Retries } from '../../../shared/decisions/retry-many.ts';
import { type IncidentRow, incidentKinds, isOpen } from '../../../shared/operations/incidents.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Command, Operation } from '../command.ts';
import { chooseId } from '../find/find-id.ts';
import { readWord } from '../listing.ts';
import { findIncident } from '../records/incidents.ts';
import type { Gateway } from '../target/gateway.ts';
import { agree, checkDeciding, type Deciding, decide, deciding, decisionOf } from './confirm.ts';

const retryOptions = {
  delivery: { type: 'string', value: 'ID', summary: 'all that failed of a delivery, by the id of its message' },
  kind: { type: 'string', value: 'KIND', summary: `all open incidents of a kind: ${incidentKinds.join(', ')}` },
  ...deciding,
} as const;

/** Has what an incident is about tried again. */
export const retryIncident: Command<typeof retryOptions> = {
  arguments: ['incidentId?'],
  options: retryOptions,
  summary: 'has the held message, or the failed file, of an incident tried again; or of many incidents at once',
  examples: [
    'incidents retry 3f2a9c --reason "DST has put the file right"',
    'incidents retry --delivery 7c3e --reason "DST has put the files right"',
    'incidents retry --kind attempts-used-up --reason "the portal is back"',
  ],
  async run(operation, { delivery, kind, ...values }, id) {
    checkDeciding(operation, values);
    const ofKind = readWord('kind', kind, incidentKinds);
    if ((id === undefined) === (delivery === undefined && ofKind === undefined)) {
      throw new InvalidInputError('Give either an incidentId, or --delivery, --kind or both');
    }
    const gateway = await operation.gateway();
    if (id !== undefined) {
      return decide(operation, gateway, values, await planRetry(gateway, await findOpen(gateway, id)));
    }
    const open = await openIncidents(gateway, (incident) => ofKind === undefined || incident.kind === ofKind);
    const chosen = delivery === undefined ? open : await ofDelivery(gateway, open, delivery);
    return retryMany(operation, gateway, values, await planRetries(gateway, chosen));
  },
};

async function openIncidents(gateway: Gateway, wanted: (incident: IncidentRow) => boolean): Promise<IncidentRow[]> {
  const rows = await Array.fromAsync(scan<IncidentRow>(gateway.db, gateway.tables.incidents));
  return rows.filter((row) => isOpen(row) && wanted(row)).toSorted((a, b) => a.firstSeenAt - b.firstSeenAt);
}

async function ofDelivery(gateway: Gateway, open: readonly IncidentRow[], text: string): Promise<IncidentRow[]> {
  const exact = await incidentsOfDelivery(gateway, open, text);
  if (exact.length > 0) return exact;
  const ids = open.flatMap(({ messageId }) => (messageId?.startsWith(text) ? [messageId] : []));
  return incidentsOfDelivery(gateway, open, chooseId('open incident of a delivery', text, new Set(ids)));
}

/** Most lines about single actions that are shown. */
const maxShown = 20;

/** Those of which somebody else was faster are left out, and told. */
async function retryMany(
  operation: Operation,
  gateway: Gateway,
  values: Deciding,
  { actions, refused }: Retries,
): Promise<0 | 1> {
  const { screen } = operation;
  for (const { incident, why } of refused.slice(0, maxShown)) {
    screen.print(`${incident.incidentId.slice(0, 12)}  can't be tried again: ${printable(why)}`);
  }
  if (actions.length === 0) {
    screen.print('Nothing can be tried again.');
    return 1;
  }
  const will = actions.flatMap((action) => action.will);
  const more = will.length > maxShown ? [`and ${will.length - maxShown} lines more of the same kind`] : [];
  const agreed = await agree(operation, values, [...will.slice(0, maxShown), ...more]);
  if (agreed !== true) return agreed;
  const decision = await decisionOf(gateway, values.reason);
  let late = 0;
  for (const action of actions) {
    if (!(await commitAction(gateway, action, decision))) late += 1;
    else for (const line of action.did) screen.print(printable(line));
  }
  if (late > 0) screen.print(`${late} were changed by somebody else, or the gateway, at this moment: look again.`);
  return refused.length > 0 || late > 0 ? 1 : 0;
}

const dismissOptions = {
  'whole-delivery': { type: 'boolean', summary: 'a delivery as well, with all its files that failed' },
  ...deciding,
} as const;

/** Settles an incident by a person's word. */
export const dismissIncident: Command<typeof dismissOptions> = {
  arguments: ['incidentId'],
  options: dismissOptions,
  summary: 'settles an incident: the message that is held for it counts as processed, undone, and its line goes on',
  examples: [
    'incidents dismiss 3f2a9c --reason "DST knows that it never came"',
    'incidents dismiss 3f2a9c --whole-delivery --reason "DST delivers anew"',
  ],
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
