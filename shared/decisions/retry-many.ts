import type { FileRow } from '../files/file.ts';
import { isResult, readRows } from '../files/rows.ts';
import type { IncidentRow } from '../operations/incidents.ts';
import { PermanentError } from '../platform/errors.ts';
import type { Action, OperatorContext } from './context.ts';
import { planRetry } from './retry.ts';
import { type Failed, planFileRetries } from './retry-files.ts';

/** The incidents that can be retried, and the reasons why the others cannot. */
export interface Retries {
  actions: Action[];
  refused: { incident: IncidentRow; why: string }[];
}

/** Plans retries for many incidents. Failed files of one delivery are retried together. */
export async function planRetries(operator: OperatorContext, incidents: readonly IncidentRow[]): Promise<Retries> {
  const deliveries = new Map<string, Failed[]>();
  const alone: IncidentRow[] = [];
  const rows = await readRows(operator, subjectsOfFiles(incidents));
  for (const incident of incidents) {
    const row = incident.kind === 'file-failed' ? rows.get(incident.subject) : undefined;
    if (!row || isResult(row) || row.state !== 'failed' || row.storedAt !== undefined) alone.push(incident);
    else deliveries.set(row.messageId, [...(deliveries.get(row.messageId) ?? []), { row, incident }]);
  }
  const retries: Retries = { actions: [], refused: [] };
  for (const incident of alone) await plan(retries, [incident], () => planRetry(operator, incident));
  for (const [messageId, failed] of deliveries) {
    const own = failed.map(({ incident }) => incident);
    await plan(retries, own, () => planFileRetries(operator, messageId, failed));
  }
  return retries;
}

async function plan(retries: Retries, incidents: readonly IncidentRow[], make: () => Promise<Action>): Promise<void> {
  try {
    retries.actions.push(await make());
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    retries.refused.push(...incidents.map((incident) => ({ incident, why: error.message })));
  }
}

/**
 * The incidents of one delivery: those of its failed files, and its own.
 *
 * @param text id of its message, or DST's id of the delivery
 */
export async function incidentsOfDelivery(
  operator: OperatorContext,
  incidents: readonly IncidentRow[],
  text: string,
): Promise<IncidentRow[]> {
  const rows = await readRows(operator, subjectsOfFiles(incidents));
  return incidents.filter((incident) => {
    const row = rows.get(incident.subject) as Partial<FileRow> | undefined;
    return incident.messageId === text || row?.dataDeliveryId === text;
  });
}

const subjectsOfFiles = (incidents: readonly IncidentRow[]) =>
  incidents.flatMap(({ kind, subject }) => (kind === 'file-failed' ? [subject] : []));
