import { readRows } from '../../files/rows.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { fileSubject, projectSubject, subjectOf } from '../../messages/subject.ts';
import type { IncidentRow } from '../../operations/incidents.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { parseMessage } from '../../portal/parse-message.ts';
import { pageSize, type Reading } from '../find/file-list.ts';

/** An incident with its project and file, if known. */
export interface ListedIncident {
  incident: IncidentRow;
  projectNo: string | undefined;
  fileId: string | undefined;
}

/** Adds the projects and files to incidents. */
export async function* withSubjects(
  reading: Reading,
  incidents: AsyncIterable<IncidentRow>,
): AsyncGenerator<ListedIncident> {
  for await (const page of gatherPages(incidents, pageSize)) {
    const { db, clock, tables } = reading;
    const ofFiles = page.flatMap(({ kind, subject }) => (kind === 'file-failed' ? [subject] : []));
    const keys = [...new Set(page.flatMap(({ messageId }) => messageId || []))].map((messageId) => ({ messageId }));
    const [files, records] = await Promise.all([
      readRows({ db, clock, tables }, ofFiles),
      batchGet<Named>(db, clock, tables.messages, keys, ['messageId', 'line', 'raw']),
    ]);
    const messages = new Map(records.map((record) => [record.messageId, record]));
    for (const incident of page) {
      const file = files.get(incident.subject);
      const message = messages.get(incident.messageId ?? '');
      const fileId = incident.kind === 'file-failed' ? incident.subject : message && fileOf(message);
      yield { incident, projectNo: file?.projectNo ?? (message && projectOf(message)), fileId };
    }
  }
}

type Named = Pick<MessageRecord, 'messageId' | 'line' | 'raw'>;

function projectOf({ line }: Named): string | undefined {
  const project = projectSubject('');
  return line.startsWith(project) ? line.slice(project.length) : undefined;
}

function fileOf({ raw }: Named): string | undefined {
  const message = raw === undefined ? undefined : parseMessage(raw);
  const subject = message?.readable ? subjectOf(message.content) : '';
  const file = fileSubject('');
  return subject.startsWith(file) ? subject.slice(file.length) : undefined;
}
