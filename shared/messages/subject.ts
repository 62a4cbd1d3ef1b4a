import type { MessageContent } from '../portal/message-schema.ts';

export const projectSubject = (projectNo: string) => `project#${projectNo}`;
export const accessSubject = (accessIdentifier: string) => `access#${accessIdentifier}`;
export const fileSubject = (fileId: string) => `file#${fileId}`;

/** Key of the line that holds no messages but the open transfers. */
export const transfersLine = 'transfers';

/** The subject of a message, under which its history is recorded. The subject of a delivery is its project. */
export function subjectOf(content: MessageContent): string {
  const { data } = content;
  if ('accessIdentifier' in data) return accessSubject(data.accessIdentifier);
  if ('fileId' in data) return fileSubject(data.fileId);
  return projectSubject(data.projectNo);
}

/** The access or the files that a message is about; empty for messages about a whole project. */
export function sharedSubjects({ type, data }: MessageContent): string[] {
  if (type === 'DataDeliveryReady') return data.files.map(({ fileId }) => fileSubject(fileId));
  if ('accessIdentifier' in data) return [accessSubject(data.accessIdentifier)];
  return 'fileId' in data ? [fileSubject(data.fileId)] : [];
}

/**
 * The sort key of a message: the poll that saw it first, and its place in that poll's list.
 *
 * @param poll the counter of the poll's lease
 * @param index place in the list, from 0
 */
export function positionOf(poll: number, index: number): string {
  return `${String(poll).padStart(12, '0')}-${String(index).padStart(8, '0')}`;
}

/** Sort key of a project's message in the table `members`, in the order of the line. */
export const memberOf = (position: string) => `message#${position}`;

/** The line of a message that cannot be parsed or whose type is unknown: it has a line of its own. */
export const ownLine = (messageId: string) => `message#${messageId}`;
