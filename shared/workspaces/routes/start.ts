import * as z from 'zod';
import type { SentBody } from '../../api/json-body.ts';
import type { WorkspacesContext } from '../context.ts';
import { invalidOptions, NotReadyError, refuse } from '../errors.ts';
import { checkOptions, requestedResources } from '../job-parameters.ts';
import { checkJobDetails, improper, isImproper } from '../job-types/all.ts';
import { readLoad } from '../resource-load.ts';
import type { WorkspaceRow } from '../rows.ts';
import { selectResource } from '../select-resource.ts';
import { startJob } from '../start-job.ts';
import type { WorkspaceViewer } from '../users.ts';
import { newJobView } from '../views.ts';
import { doWork } from '../work.ts';
import { workHandlers } from '../work-handlers.ts';
import { isObject, type JsonBody, readJson } from './body.ts';
import { okWith } from './context.ts';
import { checkJobType } from './details.ts';

export const startBody = z
  .object({
    job_type: z.string().optional(),
    job_details: z.record(z.string(), z.unknown()).optional(),
    resource_options: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ examples: [{ job_type: 'batch', job_details: { script: 'run.sh' }, resource_options: { num_cpus: 2 } }] });

/** Starts a job in a workspace. */
export async function start(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  workspace: WorkspaceRow,
  sent: SentBody,
) {
  const { fields, text } = readJson(sent);
  const jobType = fields.job_type ?? workspace.defaultJobType;
  if (jobType === undefined || jobType === null || jobType === '') {
    throw refuse(400, 'Missing job_type and no default job type set on workspace.');
  }
  checkJobType(context, jobType);
  const jobDetails = objectIn(fields, 'job_details', 'Job details not JSON.');
  const resourceOptions = objectIn(fields, 'resource_options', 'Resource options not JSON.');
  const { configuration } = context;
  const detailsProblem = checkJobDetails(configuration, jobType, jobDetails);
  if (detailsProblem !== undefined) throw refuse(400, detailsProblem);
  const problems = checkOptions(configuration.parameters, resourceOptions, text);
  if (problems.length > 0) throw invalidOptions(problems);
  const needs = requestedResources(configuration.parameters, resourceOptions);
  const resource = selectResource(configuration, needs, jobType, await readLoad(context));
  if (resource === undefined) throw invalidOptions(['No resource has what the options ask for.']);
  if (isImproper(configuration, jobType, { resource, details: jobDetails })) throw refuse(400, improper);
  const outcome = await startJob(context, viewer, workspace.workspaceId, {
    ...needs,
    jobType,
    resource,
    jobDetails,
    resourceOptions,
  });
  if (outcome.kind === 'exceeded') throw invalidOptions(outcome.problems);
  if (outcome.kind === 'not-idle') throw new NotReadyError(workspace.workspaceId);
  const { job } = outcome;
  await doWork(context, workHandlers, { kind: 'start-job', userId: job.userId, id: job.jobId });
  return okWith('Successful start.', { job: newJobView(job) });
}

function objectIn(fields: JsonBody['fields'], name: string, message: string): Record<string, unknown> {
  const value = fields[name] ?? {};
  if (!isObject(value) || fields[name] === null) throw refuse(400, message);
  if (JSON.stringify(value).length > longestJson) throw refuse(400, `${name} is too long.`);
  return value;
}

/** Characters of details or options, which are kept in the job's row. */
const longestJson = 32_768;
