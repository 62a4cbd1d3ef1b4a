import { accessSubject, fileSubject, projectSubject } from '../../shared/messages/subject.ts';
import { isRevocation } from '../../shared/messages/turn-order.ts';
import type { MessageContent } from '../../shared/portal/message-schema.ts';
import type { SentMessage } from './history.ts';
import { isEnabled } from './kinds.ts';

export interface ExpectedUser {
  projectNo: string;
  enabled: boolean;
  passwordMessageId: string;
}

/** Expected state after the messages of a history took effect one after the other. */
export interface Expected {
  projects: Set<string>;
  users: Map<string, ExpectedUser>;
  /** Projects by file id. */
  files: Map<string, string>;
  /** Ids of the messages that do not fit. */
  mismatches: Set<string>;
  /** By subject: `event by message`, in order. */
  history: Map<string, string[]>;
  /** Whether a message has to wait for a person because it does not fit. */
  holds: boolean;
  /**
   * Accesses and files whose end depends on the time: those named before a message that creates what is missing, which may be
   * waited for, and those created in a line that waits so, then in another one.
   */
  uncertain: Set<string>;
  /** Deliveries and accesses that do not fit, unless later deletions, in the lines of other projects, come first. */
  uncertainMisfits: Set<string>;
  /** Accesses that went with their projects: a revocation that passes the project's deletion finds them still there. */
  removed: Set<string>;
  /** Messages without an effect, because a revocation passed them: that revocation is no misfit then. */
  passed: SentMessage[];
}

/**
 * A model of its own, as simple as can be: one message after the other, no crash, no queue, no transaction.
 *
 * @param moot ids of the messages that a revocation made moot before they took effect
 */
export function expectedOf(messages: readonly SentMessage[], moot: ReadonlySet<string> = new Set()): Expected {
  const expected: Expected = {
    projects: new Set(),
    users: new Map(),
    files: new Map(),
    mismatches: new Set(),
    history: new Map(),
    uncertain: new Set(),
    uncertainMisfits: new Set(),
    removed: new Set(),
    passed: [],
    holds: false,
  };
  for (const [index, message] of messages.entries()) {
    if (moot.has(message.messageId)) {
      expected.passed.push(message);
      continue;
    }
    const later = messages.slice(index + 1);
    const creators = isEnabled('moved identifiers') ? later : messages;
    apply(expected, message, {
      isCreated: (subject) => creators.some((each) => creates(each, subject)),
      isDeletedLater: (fileId, projectNo) => later.some((each) => deletes(each, fileId, projectNo)),
      isProjectDeletedLater: (projectNo) => later.some((each) => deletesProject(each, projectNo)),
      createdElsewhereLater: (projectNo) => createdElsewhereLater(later, projectNo),
    });
  }
  return expected;
}

const creates = ({ content }: SentMessage, subject: string): boolean =>
  content !== undefined && createdBy(content).includes(subject);

const deletes = (message: SentMessage, fileId: string, projectNo: string): boolean =>
  (message.content?.type === 'DeleteDataFile' && message.content.data.fileId === fileId) ||
  deletesProject(message, projectNo);

const deletesProject = ({ content }: SentMessage, projectNo: string): boolean =>
  content?.type === 'DeleteProject' && content.data.projectNo === projectNo;

/** Accesses that are created in a project and later in another one. */
function createdElsewhereLater(messages: readonly SentMessage[], projectNo: string): string[] {
  const created = messages.flatMap(({ content }) => (content?.type === 'CreateProjectAccess' ? [content.data] : []));
  const isElsewhereLater = (access: string, index: number) =>
    created.slice(index).some((each) => each.accessIdentifier === access && each.projectNo !== projectNo);
  return created
    .filter((each, index) => each.projectNo === projectNo && isElsewhereLater(each.accessIdentifier, index))
    .map(({ accessIdentifier }) => accessIdentifier);
}

/** The subjects that are there once a message has taken effect. */
function createdBy(content: MessageContent): string[] {
  if (content.type === 'CreateProject') return [projectSubject(content.data.projectNo)];
  if (content.type === 'CreateProjectAccess') return [accessSubject(content.data.accessIdentifier)];
  return content.type === 'DataDeliveryReady' ? content.data.files.map(({ fileId }) => fileSubject(fileId)) : [];
}

/** Effects of other messages of a history. */
interface Others {
  /** Whether a message creates a subject that may have to be waited for. */
  isCreated(subject: string): boolean;
  /** Whether a later message deletes a file of a project. */
  isDeletedLater(fileId: string, projectNo: string): boolean;
  isProjectDeletedLater(projectNo: string): boolean;
  /** Accesses that later messages create in a project, then in another one: when the first is stuck, the other passes it. */
  createdElsewhereLater(projectNo: string): string[];
}

function apply(expected: Expected, { messageId, content }: SentMessage, others: Others): void {
  const { isCreated, isDeletedLater } = others;
  const { projects, users, files, mismatches } = expected;
  if (!content) return;
  const happened = (subject: string, event: string) => {
    const events = expected.history.get(subject) ?? [];
    expected.history.set(subject, [...events, `${event} by ${messageId}`]);
  };
  /** Whether a message waits for the project, and what stands behind it in its line is stuck meanwhile. */
  const isAwaited = (projectNo: string) => !projects.has(projectNo) && isCreated(projectSubject(projectNo));
  const { type, data } = content;
  if ((type === 'CreateProjectAccess' || type === 'DataDeliveryReady') && isAwaited(data.projectNo))
    for (const access of others.createdElsewhereLater(data.projectNo)) expected.uncertain.add(access);
  if (type === 'CreateProject') {
    if (projects.has(data.projectNo)) return void mismatches.add(messageId);
    projects.add(data.projectNo);
    happened(projectSubject(data.projectNo), 'created');
  } else if (type === 'DeleteProject') {
    if (!projects.delete(data.projectNo)) return void mismatches.add(messageId);
    happened(projectSubject(data.projectNo), 'deletion begun');
    for (const [accessIdentifier, user] of users) {
      if (user.projectNo !== data.projectNo) continue;
      users.delete(accessIdentifier);
      expected.removed.add(accessIdentifier);
      happened(accessSubject(accessIdentifier), 'deleted');
    }
    for (const [fileId, projectNo] of files) {
      if (projectNo !== data.projectNo) continue;
      files.delete(fileId);
      happened(fileSubject(fileId), 'deleted');
    }
    happened(projectSubject(data.projectNo), 'deleted');
  } else if (type === 'CreateProjectAccess') {
    const { projectNo, accessIdentifier } = data;
    if (isAwaited(projectNo)) expected.uncertain.add(accessIdentifier);
    const elsewhere = users.get(accessIdentifier)?.projectNo;
    if (elsewhere !== undefined && elsewhere !== projectNo && others.isProjectDeletedLater(elsewhere)) {
      expected.uncertainMisfits.add(messageId);
      expected.uncertain.add(accessIdentifier);
    }
    if (!projects.has(projectNo) || users.has(accessIdentifier)) return void mismatches.add(messageId);
    users.set(accessIdentifier, { projectNo, enabled: true, passwordMessageId: messageId });
    happened(accessSubject(accessIdentifier), 'created');
  } else if (type === 'DataDeliveryReady') {
    const elsewhere = data.files.flatMap(({ fileId }) => {
      const projectNo = files.get(fileId) ?? data.projectNo;
      return projectNo === data.projectNo ? [] : [{ fileId, projectNo }];
    });
    if (isAwaited(data.projectNo)) for (const { fileId } of data.files) expected.uncertain.add(fileId);
    if (elsewhere.length > 0 && elsewhere.every(({ fileId, projectNo }) => isDeletedLater(fileId, projectNo))) {
      expected.uncertainMisfits.add(messageId);
      for (const { fileId } of data.files) expected.uncertain.add(fileId);
    }
    if (elsewhere.length > 0 || !projects.has(data.projectNo)) return void misfits(expected, messageId);
    for (const { fileId } of data.files) {
      if (files.has(fileId)) {
        if (!isEnabled('redelivery')) expected.uncertain.add(fileId);
        continue;
      }
      files.set(fileId, data.projectNo);
      happened(fileSubject(fileId), 'registered');
    }
  } else if ('fileId' in data) {
    const { fileId } = data;
    const isKnown = files.has(fileId);
    // A deletion that passes a delivery that becomes moot may find the file still being deleted by the one before.
    const isMoot = expected.passed.some((each) => creates(each, fileSubject(fileId)));
    if (!isKnown && (isMoot || isCreated(fileSubject(fileId)))) expected.uncertain.add(fileId);
    if (!isKnown && type === 'ReturnDataFile') return void misfits(expected, messageId);
    if (!isKnown) return void mismatches.add(messageId);
    if (type === 'ReturnDataFile') return;
    files.delete(fileId);
    happened(fileSubject(fileId), 'deleted');
  } else if ('accessIdentifier' in data) {
    const { accessIdentifier } = data;
    const user = users.get(accessIdentifier);
    const isPassed = expected.passed.some(
      (each) =>
        each.content &&
        'accessIdentifier' in each.content.data &&
        each.content.data.accessIdentifier === accessIdentifier,
    );
    if (isPassed && type === 'DeleteProjectAccess' && !user) return;
    if (isPassed && type === 'DisableProjectAccess' && user?.enabled === false) return;
    if (!user) {
      const mayPass = isRevocation(type) && expected.removed.has(accessIdentifier);
      if (mayPass || isCreated(accessSubject(accessIdentifier))) expected.uncertain.add(accessIdentifier);
      return void mismatches.add(messageId);
    }
    const becomes = type === 'EnableProjectAccess';
    if (type === 'DeleteProjectAccess') users.delete(accessIdentifier);
    else if (type === 'ResetPassword') user.passwordMessageId = messageId;
    else if (user.enabled === becomes) return void mismatches.add(messageId);
    else user.enabled = becomes;
    const events: Record<string, string> = {
      DeleteProjectAccess: 'deleted',
      ResetPassword: 'password reset',
      EnableProjectAccess: 'enabled',
      DisableProjectAccess: 'disabled',
    };
    happened(accessSubject(accessIdentifier), events[type] as string);
  }
}

/** Deliveries and returns that do not fit are held. */
function misfits(expected: Expected, messageId: string): void {
  expected.mismatches.add(messageId);
  expected.holds = true;
}
