import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { projectIndex } from '../shared/history/history.ts';
import { deadLetterEnding } from '../shared/operate/redrive.ts';
import type { Platform } from './constructs/platform.ts';
import type { GatewayQueue } from './constructs/queue.ts';
import { nameOnly, type ResourceAccess } from './constructs/rights.ts';
import type { Files } from './files/files.ts';
import type { Messages } from './messages.ts';
import { queuesOf } from './monitoring/find-queues.ts';
import type { Poll } from './poll.ts';

export interface OperatorsProps {
  readonly platform: Platform;
  readonly messages: Messages;
  readonly files: Files;
  readonly poll: Poll;
}

/** Access of the functions behind the routes of operators. */
export interface OperatorsAccess {
  /** Only reads. */
  readonly read: readonly ResourceAccess[];
  readonly decide: readonly ResourceAccess[];
  /** Compares with the portal and S3, and calls the portal. */
  readonly compare: readonly ResourceAccess[];
}

export function operatorsAccess(
  scope: Construct,
  { platform, messages, files, poll }: OperatorsProps,
): OperatorsAccess {
  const { tables, settings } = platform;
  const { look, redrive } = accessToQueues(scope);
  const signedIn = [
    tables.accounts.access('GetItem', 'BatchGetItem'),
    tables.sessions.access('GetItem', 'BatchGetItem'),
  ];
  const portalUrl = { environment: { PORTAL_URL: settings.portalUrl }, allows: [] };
  /** Rights to read what plans of decisions look at. */
  const plan = [
    tables.control.access('GetItem'),
    tables.lines.access('GetItem', 'Query'),
    tables.messages.access('GetItem'),
    tables.incidents.access('GetItem', 'Scan'),
    tables.files.access('BatchGetItem'),
    tables.users.access('GetItem'),
    tables.projects.access('GetItem'),
    tables.history.access('BatchGetItem', 'Query'),
    messages.largeData('GetObject'),
  ];
  const read = [
    ...signedIn,
    ...plan,
    tables.control.access('Scan'),
    tables.lines.access('Scan'),
    tables.messages.access('BatchGetItem'),
    tables.members.access('Query'),
    tables.projects.access('Scan'),
    tables.users.access('Scan'),
    tables.history.indexAccess(projectIndex.indexName),
    portalUrl,
    look,
  ];
  const decide = [
    ...signedIn,
    ...plan,
    tables.control.access('UpdateItem', 'DeleteItem'),
    tables.lines.access('PutItem', 'UpdateItem', 'DeleteItem'),
    tables.messages.access('UpdateItem'),
    tables.incidents.access('BatchGetItem', 'UpdateItem'),
    tables.files.access('GetItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem'),
    tables.members.access('DeleteItem'),
    tables.users.access('UpdateItem'),
    tables.projects.access('UpdateItem'),
    platform.historyAccess(),
    poll.startAccess,
    portalUrl,
    redrive,
  ];
  const compare = [
    ...signedIn,
    tables.lines.access('GetItem', 'Query', 'Scan', 'PutItem', 'DeleteItem'),
    tables.messages.access('GetItem', 'BatchGetItem', 'ConditionCheckItem'),
    tables.incidents.access('BatchGetItem'),
    tables.files.access('BatchGetItem', 'ConditionCheckItem'),
    tables.members.access('Query'),
    tables.projects.access('GetItem', 'Scan', 'UpdateItem'),
    platform.historyAccess('Query'),
    platform.portal,
    files.bucket.access('ListBucket'),
    files.bucket.toObjects('projects/', 'GetObject'),
    nameOnly(messages.largeData()),
  ];
  return { read, decide, compare };
}

/** Queues by name. SQS names those of dead letters: an environment has 4 KB. */
function accessToQueues(scope: Construct): { look: ResourceAccess; redrive: ResourceAccess } {
  const { work, deadLetters, failedRuns } = queuesOf(scope);
  const other = [...deadLetters].filter(([name]) => !work.has(name));
  const seen = [
    ...work,
    ...other.map(([name, queue]) => [`${name}${deadLetterEnding}`, queue] as const),
    ...[...failedRuns].map(([name, queue]) => [`${name}Failure`, queue] as const),
  ];
  const environment = (named: readonly (readonly [string, GatewayQueue])[]) => ({
    QUEUE_URLS: Stack.of(scope).toJsonString(Object.fromEntries(named.map(([name, queue]) => [name, queue.queueUrl]))),
  });
  const all = [...work.values(), ...deadLetters.values(), ...failedRuns.values()];
  const redriven = [...work].filter(([name]) => deadLetters.has(name));
  return {
    look: { environment: environment(seen), allows: all.map((queue) => queue.countStatement) },
    redrive: {
      environment: environment(redriven),
      allows: redriven.flatMap(([name, queue]) => [
        queue.countStatement,
        ...queue.sendStatements,
        ...(deadLetters.get(name)?.takeStatements ?? []),
      ]),
    },
  };
}
