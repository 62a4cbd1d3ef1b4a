import type { OperatorContext } from '../../decisions/context.ts';
import { readRows } from '../../files/rows.ts';
import { readMessage } from '../../messages/read.ts';
import type { MessageRecord } from '../../messages/record.ts';
import type { IncidentRow } from '../../operations/incidents.ts';
import type { AnyFile } from '../find/file-list.ts';
import { type Choice, choicesOfIncident } from './choices.ts';

/** An incident with its explanation, and the possible decisions. */
export interface ExplainedIncident {
  choices: readonly Choice[];
  /** The message that it names, if it is still kept. */
  message: MessageRecord | undefined;
  /** The file that failed. */
  file: AnyFile | undefined;
}

/** Explains an incident. */
export async function explainIncident(operator: OperatorContext, incident: IncidentRow): Promise<ExplainedIncident> {
  const { kind, subject, messageId } = incident;
  const [message, file, choices] = await Promise.all([
    messageId ? readMessage(operator, messageId) : undefined,
    kind === 'file-failed' ? readRows(operator, [subject]).then((rows) => rows.get(subject)) : undefined,
    choicesOfIncident(operator, incident),
  ]);
  return { choices, message, file };
}
