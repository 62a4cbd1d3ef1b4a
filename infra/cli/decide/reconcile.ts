import { compareAll } from '../../../shared/operate/reconcile/compare-all.ts';
import { compareProject, type FoundDifference } from '../../../shared/operate/reconcile/comparisons.ts';
import { fixAction } from '../../../shared/operate/reconcile/fix.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { counted } from '../../../shared/platform/units.ts';
import { createPortal } from '../../../shared/portal/client.ts';
import { printable } from '../../terminal/render.ts';
import type { Command, Operation } from '../command.ts';
import { commandLine, placeholder } from '../command-line.ts';
import { articleOf } from '../explain/detail.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { checkDecision, decide, decisionOptions } from './confirm.ts';

const { required: _, ...reason } = decisionOptions.reason;
const options = {
  project: { flags: '--project <N>', summary: 'only the files of this project' },
  repair: { flags: '--repair', summary: 'fix what can be fixed without harm, after asking; needs --reason' },
  ...decisionOptions,
  reason,
} as const;

/** Compares the tables with S3 and with the portal's list. */
export const reconcile: Command<typeof options> = {
  name: 'reconcile',
  group: 'Gateway',
  arguments: [],
  options,
  summary: "Compare the tables with S3 and the portal's list, and list the differences; exit code 1 if there are any",
  examples: ['reconcile', 'reconcile --project 1001', 'reconcile --repair --reason "rows were restored"'],
  async run(operation, { project, repair = false, reason, ...values }) {
    const { screen, json } = operation;
    if (repair && reason === undefined) throw new InvalidInputError('--repair changes something: give --reason');
    if (repair && reason !== undefined) checkDecision(operation, { ...values, reason });
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    const gateway = await operation.gateway();
    if (projectNo !== undefined) await checkProject(gateway, projectNo);
    const fixable: FoundDifference[] = [];
    let count = 0;
    const kinds = new Set<string>();
    let damaged = false;
    for await (const found of differences(operation, gateway, projectNo)) {
      const { fix, ...difference } = found;
      count += 1;
      kinds.add(difference.kind);
      damaged ||= found.kind === 'object-missing' || found.kind === 'object-differs';
      if (fix) fixable.push(found);
      const { kind, subject } = found;
      if (json) screen.print(jsonLine({ ...difference, canBeFixed: fix !== undefined }));
      else screen.print(`${kind.padEnd(16)}  ${printable(subject)}  ${printable(found.found)}`);
    }
    if (!json) {
      screen.print(`${counted(count, 'difference')}, ${fixable.length} can be fixed.`);
      for (const kind of kinds) screen.print(`  how to fix: ${articleOf(kind)}`);
      if (fixable.length > 0 && !repair) screen.print(`  ${commandLine(operation.where, repairWords)}`);
    }
    if (!json && damaged) screen.print('To have a file fetched from DST again: files fetch-again FILE --reason "…"');
    if (!repair || fixable.length === 0 || reason === undefined) return count > 0 ? 1 : 0;
    const code = await decide(operation, gateway, { ...values, reason }, fixAction(gateway, fixable));
    return code === 0 && fixable.length === count && !values.dryRun ? 0 : 1;
  },
};

async function portalOf({ clock }: OperatedGateway, portal: Operation['portal']) {
  const { url, apiKey } = await portal();
  return createPortal({ baseUrl: url, apiKey: async () => apiKey, clock });
}

const repairWords = ['reconcile', '--repair', '--reason', placeholder];

async function* differences(
  { portal }: Operation,
  gateway: OperatedGateway,
  projectNo: string | undefined,
): AsyncGenerator<FoundDifference> {
  if (projectNo !== undefined) {
    yield* compareProject(gateway, projectNo);
    return;
  }
  for await (const { found } of compareAll(gateway, await portalOf(gateway, portal))) if (found) yield found;
}
