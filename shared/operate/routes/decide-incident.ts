import * as z from 'zod';
import { answer, Refusal } from '../../api/answer.ts';
import { commitActions } from '../../decisions/context.ts';
import { planDismissal } from '../../decisions/dismiss.ts';
import { planRetry } from '../../decisions/retry.ts';
import { incidentsOfDelivery, planRetries } from '../../decisions/retry-many.ts';
import { type IncidentRow, incidentKinds, isLasting, isOpen } from '../../operations/incidents.ts';
import { foldId } from '../../portal/id.ts';
import type { OperateContext } from '../context.ts';
import { openIncidents } from '../find/incidents.ts';
import { decideRoute, errorAnswer, operator } from './context.ts';
import {
  decide,
  decisionFields,
  decisionOf,
  exampleReason,
  refusedAnswer,
  reportAnswer,
  reportFields,
} from './decide.ts';
import { readIncident } from './incidents.ts';

const incidentId = '3f2a9c3f2a9c3f2a9c3f2a9c3f2a9c3f';
const example = { incidentId, reason: exampleReason, count: 1 };
const notFound = errorAnswer('No such incident', 'There is no incident 3f2a9c');

const fields = {
  incidentId: z.string(),
  count: z
    .int()
    .optional()
    .describe('the number of occurrences that the operator saw: a decision about fewer is refused'),
  ...decisionFields,
};

/** @throws Refusal when there is none, it is settled, or it occurred again since the operator saw it */
async function findOpen(
  context: OperateContext,
  { incidentId, count: seen }: { incidentId: string; count?: number | undefined },
): Promise<IncidentRow> {
  const incident = await readIncident(context, incidentId);
  const { state, count, decidedBy } = incident;
  if (!isOpen(incident)) {
    const by = decidedBy === undefined ? '' : ` by ${decidedBy}`;
    throw new Refusal(answer(409, { error: `Incident ${incidentId} is settled: ${state}${by}` }));
  }
  // Every poll raises the count of a lasting one.
  if (seen !== undefined && count > seen && !isLasting(incident)) {
    throw new Refusal(answer(409, { error: `Incident ${incidentId} occurred ${count - seen} times more: look again` }));
  }
  return incident;
}

const retry = decideRoute({
  method: 'POST',
  path: '/operate/incident/retry',
  summary: 'Tries the held message or the failed file of an incident again',
  access: operator,
  body: z.object(fields).meta({ examples: [example] }),
  answers: { 200: reportAnswer, 404: notFound, 409: refusedAnswer },
  async handler(request, context) {
    const incident = await findOpen(context, request.body);
    return decide(context, request, () => planRetry(context, incident));
  },
});

const dismiss = decideRoute({
  method: 'POST',
  path: '/operate/incident/dismiss',
  summary: 'Settles an incident: its held message counts as processed without being done, and its line goes on',
  access: operator,
  body: z
    .object({
      ...fields,
      wholeDelivery: z
        .boolean()
        .default(false)
        .describe(
          'whether a delivery is dismissed with all its failed files; without effect where no delivery is held',
        ),
    })
    .meta({ examples: [example, { ...example, wholeDelivery: true, dryRun: true }] }),
  answers: { 200: reportAnswer, 404: notFound, 409: refusedAnswer },
  async handler(request, context) {
    const incident = await findOpen(context, request.body);
    return decide(context, request, () => planDismissal(context, incident, request.body.wholeDelivery));
  },
});

/** Most incidents that one request retries: each is a transaction. */
const mostAtOnce = 200;

const retryMany = decideRoute({
  method: 'POST',
  path: '/operate/incidents/retry',
  summary: `Tries the open incidents of a kind, or of a delivery, again: the oldest ${mostAtOnce} of them`,
  access: operator,
  body: z
    .object({
      kind: z.enum(incidentKinds).optional(),
      delivery: z.string().optional().describe('id of its message, or the id that DST gave it'),
      ...decisionFields,
    })
    .refine(({ kind, delivery }) => kind !== undefined || delivery !== undefined, 'must name a kind or a delivery')
    .meta({ examples: [{ kind: 'attempts-used-up', reason: 'the portal is back' }] }),
  answers: {
    200: {
      description: reportAnswer.description,
      body: z.object({
        ...reportFields,
        refused: z
          .array(z.object({ incidentId: z.string(), why: z.string() }))
          .describe('incidents that no retry would help'),
        changed: z.number().describe('retries that were left out, as something changed at this moment'),
        left: z.number().describe('incidents that are left for another request'),
      }),
    },
  },
  async handler(request, context) {
    const { kind, delivery, dryRun } = request.body;
    const open = await openIncidents(context, (incident) => kind === undefined || incident.kind === kind);
    const wanted = delivery === undefined ? open : await incidentsOfDelivery(context, open, foldId(delivery));
    const chosen = wanted.slice(0, mostAtOnce);
    const { actions, refused } = await planRetries(context, chosen);
    const planned = actions.flatMap((action) => action.planned);
    const rest = {
      refused: refused.map(({ incident, why }) => ({ incidentId: incident.incidentId, why })),
      left: wanted.length - chosen.length,
    };
    if (actions.length === 0)
      return answer(200, { outcome: 'nothing-to-do', planned, completed: [], changed: 0, ...rest });
    if (dryRun) return answer(200, { outcome: 'dry-run', planned, completed: [], changed: 0, ...rest });
    const committed = await commitActions(context, actions, decisionOf(request));
    return answer(200, { outcome: 'done', planned, ...committed, ...rest });
  },
});

export const incidentDecisions = [retry, dismiss, retryMany];
