import * as z from 'zod';
import { type DomainEvent, eventSchema } from '../../../shared/history/events.ts';
import type { Received } from '../../../shared/live/client/push-sequence.ts';
import { incidentSchema } from '../../../shared/live/events/incident-news.ts';
import { type TransferProgress, transferProgressSchema } from '../../../shared/live/watch/transfer-progress.ts';
import { fileSubject, projectSubject } from '../../../shared/messages/subject.ts';
import { counted } from '../../../shared/platform/units.ts';
import { omitUndefined } from '../../../shared/portal/json.ts';
import { progressText } from '../../terminal/progress-bars.ts';
import { printable, timeOfDay } from '../../terminal/render.ts';
import type { Operation } from '../command.ts';
import { commandLine } from '../command-line.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { detailTexts } from '../records/event-details.ts';

/**
 * The line for what a client has received: an event, an incident, any other push, or a gap. Progress has a line per transfer.
 *
 * @param projectNo the only project to print events of
 * @returns undefined for what is about another project, or about none
 */
export function lineOf(
  received: Received,
  { json, where }: Pick<Operation, 'json' | 'where'>,
  projectNo: string | undefined,
): string | undefined {
  if (received.type === 'gap') {
    const { before, after } = received;
    if (json) return jsonLine({ gap: { before, after } });
    const count = before.epoch === after.epoch ? counted(after.offset - before.offset, 'event') : 'Events';
    const look = projectNo === undefined ? ['status'] : ['history', projectSubject(projectNo)];
    return `${count} may be missing here: the gateway keeps them for a day. Look: ${commandLine(where, look)}`;
  }
  const { action, push, channel, offset, ...content } = received.message;
  const { data: transfers } = z.array(transferProgressSchema).safeParse(content.transfers);
  if (transfers) return transferLines(transfers, json, projectNo);
  const event = Object(content.event ?? {});
  if (projectNo !== undefined && event.projectNo !== projectNo) return undefined;
  if (json) return jsonLine(action === 'event' ? event : content);
  const { data } = eventSchema.safeParse(event);
  if (data) return eventLine(data);
  const { data: incident } = incidentSchema.safeParse(content.incident);
  return incident ? incidentLine(incident) : jsonLine(content);
}

function transferLines(
  transfers: readonly TransferProgress[],
  json: boolean,
  projectNo: string | undefined,
): string | undefined {
  const shown = transfers.filter((transfer) => projectNo === undefined || transfer.projectNo === projectNo);
  const lines = shown.map((transfer) => (json ? jsonLine({ transfer }) : transferLine(transfer)));
  return lines.length > 0 ? lines.join('\n') : undefined;
}

function transferLine(transfer: TransferProgress): string {
  const { fileId, kind, projectNo, bytesDone, bytesTotal, bytesPerSecond } = transfer;
  const rates = omitUndefined({ bytesTotal, bytesPerSecond });
  const words = [fileSubject(fileId), kind, `${progressText({ fileId, bytesDone, ...rates })}, project ${projectNo}`];
  return textLine(new Date().toISOString(), words);
}

function incidentLine({ lastAt, subject, kind, state, open, incidentId }: z.infer<typeof incidentSchema>): string {
  const decision = open ? 'needs a person' : state;
  return textLine(lastAt, [subject, `incident ${kind}`, `${decision}, incident ${incidentId}`]);
}

function eventLine({ at, subject, event, projectNo, messageId, details = {} }: DomainEvent): string {
  const about = [
    ...(projectNo === undefined || subject === projectSubject(projectNo) ? [] : [`project ${projectNo}`]),
    ...(messageId === undefined ? [] : [`message ${messageId}`]),
    ...detailTexts(details),
  ];
  return textLine(at, [subject, event, about.join(', ')]);
}

const textLine = (at: string, words: readonly string[]): string =>
  [timeOfDay(Date.parse(at)), ...words].map(printable).join('  ').trimEnd();
