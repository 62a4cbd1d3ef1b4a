import { isResult } from '../../../shared/files/rows.ts';
import { readMessage } from '../../../shared/messages/read.ts';
import { fileSubject } from '../../../shared/messages/subject.ts';
import { type IncidentRow, incidentId, isOpen } from '../../../shared/operations/incidents.ts';
import { getItem } from '../../../shared/platform/dynamodb.ts';
import { bytes, duration } from '../../terminal/render.ts';
import { commandLine } from '../command-line.ts';
import type { AnyFile } from '../find/file-list.ts';
import { unmarkedEntries } from '../find/find-message.ts';
import { dateTime } from '../listing.ts';
import { choiceLines, choicesOfIncident, type ExplainContext } from './choices.ts';
import { articleOf, type Detail } from './detail.ts';
import { entryLine } from './line.ts';

/** Details of a file: its delivery, its progress, the reason why it waits, and the possible decisions. */
export async function fileDetail(context: ExplainContext, file: AnyFile): Promise<Detail> {
  const { gateway, where } = context;
  const { fileId, projectNo, state, objectKey, size, attempt, dueAt, leaseUntil, createdAt } = file;
  const key = { incidentId: incidentId({ kind: 'file-failed', subject: fileId }) };
  const incident = await getItem<IncidentRow>(gateway.db, gateway.tables.incidents, key);
  const open = incident && isOpen(incident) ? incident : undefined;
  const choices = open ? await choicesOfIncident(context, open) : [];
  const about: string[] = [];
  for await (const entry of unmarkedEntries(gateway)) {
    if (entry.subject === fileSubject(fileId)) about.push(entryLine(entry));
  }
  const delivery = isResult(file) ? undefined : await readMessage(gateway, file.messageId);
  const standing = standingOfFile(file, gateway.clock.now());
  return {
    title: `${isResult(file) ? 'Result' : 'File'} ${fileId}`,
    facts: [
      ['state', state],
      ['project', projectNo],
      ['object', objectKey],
      ['size', size === undefined ? undefined : bytes(size)],
      ...(isResult(file)
        ? [['put', dateTime(file.modifiedAt)] as const, ['sent', dateTime(file.sentAt)] as const]
        : ([
            ['announced', file.announcedSize === undefined ? undefined : `${file.announcedSize} bytes`],
            ['MD5', file.checksum],
            ['delivery', file.dataDeliveryId],
            ['delivered by', `${file.messageId}${delivery ? `, ${delivery.state}` : ', which is not kept any more'}`],
            ['stored', dateTime(file.storedAt)],
          ] as const)),
      ['came', dateTime(createdAt)],
      ['tries', attempt],
      ['due', dateTime(state === 'pending' ? dueAt : undefined)],
      ['lease until', dateTime(leaseUntil)],
    ],
    sections: [
      ['Request', [requestOfFile(file)]],
      ['Standing', [...standing, ...(open ? [`file-failed: expected ${open.expected}; found ${open.found}`] : [])]],
      ['Messages about it', about],
      ['Choices', choiceLines(choices)],
      [
        'More',
        [
          ...(isResult(file) ? [] : [commandLine(where, ['messages'], file.messageId)]),
          commandLine(where, ['history'], fileSubject(fileId)),
        ],
      ],
      ['Runbook', open ? [articleOf(open.kind)] : []],
    ],
    json: { ...file, standing, choices, incident: open },
  };
}

const requestOfFile = (file: AnyFile) =>
  isResult(file)
    ? `The centre wants it to be sent to the researchers of project ${file.projectNo} at DST.`
    : `DST wants it to be kept for project ${file.projectNo}.`;

const meanings: Record<AnyFile['state'], string> = {
  pending: 'It waits for a transfer.',
  copying: 'It is being fetched from DST.',
  stored: 'It is stored; its bytes had the MD5 that DST announced.',
  sending: 'It is being sent to DST.',
  sent: 'DST has it.',
  failed: 'It needs a person.',
  deleting: 'It is being removed.',
};

function standingOfFile(file: AnyFile, now: number): string[] {
  const { state, dueAt, lastError, failures = 0, bytesDone } = file;
  const moving = state === 'copying' || state === 'sending';
  return [
    meanings[state],
    ...(moving ? [`${bytes(bytesDone)} are done.`] : []),
    ...(state === 'pending' && dueAt > now ? [`It is due in ${duration((dueAt - now) / 1_000)}.`] : []),
    ...(failures > 0 && state !== 'stored' && state !== 'sent'
      ? [`${failures} attempts in a row brought nothing.`]
      : []),
    ...(!isResult(file) && file.checksumFailures > 0 ? [`${file.checksumFailures} attempts brought other bytes.`] : []),
    ...(lastError === undefined || state === 'stored' ? [] : [`Last error: ${lastError}`]),
  ];
}
