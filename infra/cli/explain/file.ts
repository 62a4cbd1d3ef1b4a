import { isResult } from '../../../shared/files/rows.ts';
import { fileSubject } from '../../../shared/messages/subject.ts';
import { explainFile } from '../../../shared/operate/explain/file.ts';
import type { AnyFile } from '../../../shared/operate/find/file-list.ts';
import { bytes } from '../../../shared/platform/units.ts';
import { commandLine } from '../command-line.ts';
import { dateTime } from '../listing.ts';
import { choiceLines, choicesWithCommands, type ExplainContext } from './choice-lines.ts';
import { articleOf, type Detail } from './detail.ts';
import { entryLine } from './line.ts';

/** Details of a file: its delivery, its progress, the reason why it waits, and the possible decisions. */
export async function fileDetail(context: ExplainContext, file: AnyFile): Promise<Detail> {
  const { gateway, where } = context;
  const { fileId, projectNo, state, objectKey, size, attempt, dueAt, leaseUntil, createdAt } = file;
  const { request, standing, messages, delivery, choices, incidents } = await explainFile(gateway, file);
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
            ['delivered by', `${file.messageId}${delivery ? `, ${delivery}` : ', which is not kept any more'}`],
            ['stored', dateTime(file.storedAt)],
          ] as const)),
      ['came', dateTime(createdAt)],
      ['tries', attempt],
      ['due', dateTime(state === 'pending' ? dueAt : undefined)],
      ['lease until', dateTime(leaseUntil)],
    ],
    sections: [
      ['Request', [request]],
      [
        'Standing',
        [...standing, ...incidents.map(({ kind, expected, found }) => `${kind}: expected ${expected}; found ${found}`)],
      ],
      ['Messages about it', messages.map(entryLine)],
      ['Choices', choiceLines(context, choices)],
      [
        'More',
        [
          ...(isResult(file) ? [] : [commandLine(where, ['messages'], file.messageId)]),
          commandLine(where, ['history'], fileSubject(fileId)),
        ],
      ],
      ['Runbook', [...new Set(incidents.map(({ kind }) => articleOf(kind)))]],
    ],
    json: { ...file, standing, choices: choicesWithCommands(context, choices), incident: incidents[0] },
  };
}
