import { auditWrites, gatewaySubject } from '../../../shared/decisions/audit.ts';
import type { Action } from '../../../shared/decisions/context.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { pagesOf } from '../../../shared/platform/pages.ts';
import type { Write } from '../../../shared/platform/transaction.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import { printable } from '../../terminal/render.ts';
import type { Command, Operation } from '../command.ts';
import { commandLine, placeholder } from '../command-line.ts';
import { articleOf } from '../explain/detail.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import { listing } from '../listing.ts';
import type { Gateway } from '../target/gateway.ts';
import { comparePortal, compareProject, compareTransfers, type Found } from './compare.ts';
import { checkDeciding, decide, deciding } from './confirm.ts';

const { required: _, ...reason } = deciding.reason;
const options = {
  project: { type: 'string', value: 'N', summary: 'only the files of this project' },
  repair: { type: 'boolean', summary: 'mends what can be mended without harm; it asks first, and wants a reason' },
  json: listing.json,
  ...deciding,
  reason,
} as const;

/** Compares the tables with S3 and with the portal's list. */
export const reconcile: Command<typeof options> = {
  arguments: [],
  options,
  summary: "compares the tables with S3 and the portal's list, and tells what differs; ends with 1 when something does",
  examples: ['reconcile', 'reconcile --project 1001', 'reconcile --repair --reason "rows were restored"'],
  async run(operation, { project, repair = false, json = false, reason, ...values }) {
    const { screen } = operation;
    if (repair && reason === undefined) throw new InvalidInputError('--repair changes something: give --reason');
    if (repair && reason !== undefined) checkDeciding(operation, { ...values, reason });
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    const gateway = await operation.gateway();
    if (projectNo !== undefined) await checkProject(gateway, projectNo);
    const mendable: Found[] = [];
    let count = 0;
    const kinds = new Set<string>();
    let damaged = false;
    for await (const found of differences(operation, gateway, projectNo)) {
      const { mend, ...difference } = found;
      count += 1;
      kinds.add(difference.kind);
      damaged ||= found.kind === 'object-missing' || found.kind === 'object-differs';
      if (mend) mendable.push(found);
      const { kind, subject } = found;
      if (json) screen.print(jsonLine({ ...difference, canBeMended: mend !== undefined }));
      else screen.print(`${kind.padEnd(16)}  ${printable(subject)}  ${printable(found.found)}`);
    }
    if (!json) {
      screen.print(`${count === 1 ? '1 difference' : `${count} differences`}, ${mendable.length} can be mended.`);
      for (const kind of kinds) screen.print(`  how to mend: ${articleOf(kind)}`);
      if (mendable.length > 0 && !repair) screen.print(`  ${commandLine(operation.where, repairWords)}`);
    }
    if (!json && damaged) screen.print('To have a file fetched from DST again: files fetch-again FILE --reason "…"');
    if (!repair || mendable.length === 0 || reason === undefined) return count > 0 ? 1 : 0;
    const code = await decide(operation, gateway, { ...values, reason }, mending(gateway, mendable));
    return code === 0 && mendable.length === count && !values['dry-run'] ? 0 : 1;
  },
};

const repairWords = ['reconcile', '--repair', '--reason', placeholder];

async function* differences(
  { portal }: Operation,
  gateway: Gateway,
  projectNo: string | undefined,
): AsyncGenerator<Found> {
  if (projectNo !== undefined) {
    yield* compareProject(gateway, projectNo);
    return;
  }
  yield* await comparePortal(gateway, await portal());
  yield* compareTransfers(gateway);
  for await (const { projectNo } of scan<ProjectRow>(gateway.db, gateway.tables.projects)) {
    yield* compareProject(gateway, projectNo);
  }
}

/** Most things mended in one transaction: each takes two actions of the hundred. */
const concurrency = 40;

function mending(gateway: Gateway, found: readonly Found[]): Action {
  const put = found.filter(({ mend }) => mend && 'put' in mend).length;
  return {
    will: [
      `${put} files will be put among those to be moved; ${found.length - put} that are not to be moved will be removed there.`,
    ],
    did: [`${found.length} differences are mended.`],
    async transactions(decision) {
      const details = { count: found.length, first: found.slice(0, 20).map(({ subject }) => subject) };
      const note = await auditWrites(gateway, { subject: gatewaySubject, event: 'reconciled', details }, decision);
      return pagesOf(found, concurrency).map((page, index) => [
        ...page.flatMap((each) => mendWrites(gateway, each)),
        ...(index === 0 ? note : []),
      ]);
    },
  };
}

function mendWrites({ tables }: Gateway, { mend }: Found): Write[] {
  if (!mend) return [];
  const TableName = tables.lines;
  if ('remove' in mend) {
    const { line, position, fileId } = mend.remove;
    const condition = { ConditionExpression: 'fileId = :fileId', ExpressionAttributeValues: { ':fileId': fileId } };
    return [{ Delete: { TableName, Key: { line, position }, ...condition } }];
  }
  // A file that came to its end at this moment is not to be moved again.
  const { fileId } = mend.put;
  const values = {
    ':position': mend.put.position,
    ':pending': 'pending',
    ':copying': 'copying',
    ':sending': 'sending',
  };
  return [
    { Put: { TableName, Item: mend.put, ConditionExpression: 'attribute_not_exists(line)' } },
    {
      ConditionCheck: {
        TableName: tables.files,
        Key: { fileId },
        ConditionExpression: '#position = :position AND #state IN (:pending, :copying, :sending)',
        ExpressionAttributeNames: { '#position': 'position', '#state': 'state' },
        ExpressionAttributeValues: values,
      },
    },
  ];
}
