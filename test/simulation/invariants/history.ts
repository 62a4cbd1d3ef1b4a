import type { AccountRow } from '../../../shared/accounts/account.ts';
import { accountSubject } from '../../../shared/accounts/history.ts';
import type { FileRow } from '../../../shared/files/file.ts';
import { eventSchema } from '../../../shared/history/events.ts';
import { accessSubject, fileSubject, projectSubject } from '../../../shared/messages/subject.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rows } from './rows.ts';

export function* gapsInHistory(world: World) {
  const subjects = Map.groupBy(rows<HistoryItem>(world, 'history'), ({ subject }) => subject);
  for (const [subject, events] of subjects) {
    const sequences = events.map(({ sequence }) => sequence).sort((a, b) => a - b);
    if (sequences.some((sequence, index) => sequence !== index + 1)) yield `${subject} has history ${sequences}`;
  }
}

/** Rows count the events of their histories: else nothing could be added to one any more. */
export function* miscountedHistory(world: World) {
  const subjects = [
    ...rows<ProjectRow>(world, 'projects').map((row) => ({ subject: projectSubject(row.projectNo), ...row })),
    ...rows<UserRow>(world, 'users').map((row) => ({ subject: accessSubject(row.accessIdentifier), ...row })),
    ...rows<FileRow>(world, 'files').map((row) => ({ subject: fileSubject(row.fileId), ...row })),
    ...rows<AccountRow>(world, 'accounts').map((row) => ({ subject: accountSubject(row.account), ...row })),
  ];
  const events = Map.groupBy(rows<HistoryItem>(world, 'history'), ({ subject }) => subject);
  for (const { subject, version } of subjects) {
    const count = events.get(subject)?.length ?? 0;
    if (version !== count) yield `${subject} counts ${version} events of its history, which has ${count}`;
  }
}

/** Every event of the history is published at least once, and nothing else is. */
export function* untoldHistory(world: World) {
  const keyOf = ({ subject, sequence, event }: HistoryItem) => `${subject} ${sequence}: ${event}`;
  const happened = new Set(rows<HistoryItem>(world, 'history').map(keyOf));
  const told = new Set(world.bus.published.map((detail) => keyOf(eventSchema.parse(JSON.parse(detail)))));
  for (const key of happened.difference(told)) yield `${key} is not published`;
  for (const key of told.difference(happened)) yield `${key} is published, and did not happen`;
}
