import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { type IncidentRow, incidentKinds } from '../../operations/incidents.ts';
import { getItem } from '../../platform/dynamodb.ts';
import type { OperateContext } from '../context.ts';
import { explainIncident } from '../explain/incident.ts';
import { findIncidents, stateOfIncident } from '../find/incidents.ts';
import { withSubjects } from '../lists/incident-subjects.ts';
import { errorAnswer, idQuery, missing, operator, readRoute } from './context.ts';
import { next, pageOf, paging } from './paging.ts';
import { choiceShape, incidentShape, incidentState, incidentView } from './views.ts';

const list = readRoute({
  method: 'GET',
  path: '/operate/incidents',
  summary: 'Lists incidents, the oldest first: open ones, unless another state is asked for',
  access: operator,
  query: z.object({
    state: z
      .enum([...incidentState.options, 'all'])
      .default('open')
      .meta({ examples: ['open'] }),
    kind: z
      .enum(incidentKinds)
      .optional()
      .meta({ examples: ['file-failed'] }),
    ...paging,
  }),
  answers: { 200: { description: 'A page of the list', body: z.object({ incidents: z.array(incidentShape), next }) } },
  async handler({ query: { state, kind, after = '', limit } }, context) {
    const rows = await findIncidents(
      context,
      (row) => (state === 'all' || stateOfIncident(row) === state) && (kind === undefined || row.kind === kind),
    );
    const { page, ...more } = await pageOf(
      rows.filter((row) => cursorOf(row) > after),
      limit,
      cursorOf,
    );
    const listed = await Array.fromAsync(withSubjects(context, iterate(page)));
    return answer(200, { incidents: listed.map((each) => incidentView(each.incident, each)), ...more });
  },
});

/** Sorts as the list does. */
const cursorOf = ({ firstSeenAt, incidentId }: IncidentRow) => `${String(firstSeenAt).padStart(15, '0')}-${incidentId}`;

async function* iterate<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

const incidentDetail = incidentShape.extend({
  choices: z.array(choiceShape).readonly().describe('decisions, with what each would do now'),
});

const read = readRoute({
  method: 'GET',
  path: '/operate/incident',
  summary: 'Explains an incident: what was expected and found, and what each decision would do now',
  access: operator,
  query: idQuery('3f2a9c3f2a9c3f2a9c3f2a9c3f2a9c3f'),
  answers: {
    200: { description: 'The incident', body: incidentDetail },
    404: errorAnswer('No such incident', 'There is no incident 3f2a9c'),
  },
  async handler({ query: { id } }, context) {
    const row = await readIncident(context, id);
    const [[listed], { choices }] = await Promise.all([
      Array.fromAsync(withSubjects(context, iterate([row]))),
      explainIncident(context, row),
    ]);
    return answer(200, { ...incidentView(row, listed), choices });
  },
});

/** @throws Refusal when there is none */
export async function readIncident(
  { db, tables }: Pick<OperateContext, 'db' | 'tables'>,
  incidentId: string,
): Promise<IncidentRow> {
  return (await getItem<IncidentRow>(db, tables.incidents, { incidentId })) ?? missing(`incident ${incidentId}`);
}

export const incidentRoutes = [list, read];
