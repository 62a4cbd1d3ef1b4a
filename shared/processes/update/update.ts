import { changeProcesses } from '../change.ts';
import type { ProcessContext } from '../context.ts';
import { requireParty } from '../parties.ts';
import type { ProcessRow } from '../rows.ts';
import type { Viewer } from '../viewer.ts';
import { applyDependencies } from './dependencies.ts';
import { applyDeletions, applyFields } from './fields.ts';
import { applyFiles } from './files.ts';
import { applyMessage } from './messages.ts';
import type { Deletions, RequestedChanges, Update } from './request.ts';
import { Working } from './working.ts';

/**
 * Changes processes of a project as a request asks, all in one transaction: deletions first, then changes. A status is never
 * taken from a request: steps have requests of their own.
 *
 * @throws Refusal with 400 for a change that breaks a rule, 403 for a change that another party may make, 404 for a process that
 * the viewer does not see, 409 for a change of an order that was sent
 */
export const updateProcesses = (
  context: ProcessContext,
  viewer: Viewer,
  { projectID, processIDs, changes, deletions = {} }: Update,
): Promise<ProcessRow[]> =>
  changeProcesses(context, viewer, projectID, processIDs, async ({ project, process, parties }) => {
    requireParty(parties, 'client', 'contractor');
    if (concernsOrder(changes) || concernsOrder(deletions)) requireParty(parties, 'client');
    const working = new Working(project, process);
    applyDeletions(context, working, deletions);
    await applyFields(context, working, changes);
    await applyDependencies(context, working, changes.dependenciesIn, deletions.dependenciesIn);
    await applyFiles(context, working, parties, changes.files, deletions.files);
    if (changes.messages) applyMessage(context, { viewer, parties }, working, changes.messages);
    return working.finish();
  });

/** Whether fields are among those that the client alone may change. */
const concernsOrder = (fields: RequestedChanges | Deletions): boolean =>
  Object.keys(fields).some((field) => !shared.has(field));

const shared = new Set(['messages', 'files', 'processStatus']);
