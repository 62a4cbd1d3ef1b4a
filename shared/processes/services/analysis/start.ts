import { fillWorkspace, giveUpFilling } from '../../../workspaces/fill-workspace.ts';
import { resolveLinks, type SentLink } from '../../../workspaces/links.ts';
import type { WorkspaceViewer } from '../../../workspaces/users.ts';
import { limitsExceededBy, type WorkspaceForJob, workspaceWithJob } from '../../../workspaces/workspace-with-job.ts';
import type { ProcessContext } from '../../context.ts';
import { objectKey } from '../../files/object-key.ts';
import type { Missing } from '../../missing.ts';
import type { ProcessJob } from '../../rows.ts';
import { dstProjectNoOf } from '../dst-project.ts';
import type { Order, StepPart } from '../service.ts';
import { clientAccountOf, clientOf } from './client.ts';
import { detailsOf, scriptOf } from './details.ts';
import { inputName, jobFor, scriptName } from './job.ts';
import { jobStatus } from './status.ts';

const missing = (key: string, message: string): { missing: Missing[] } => ({ missing: [{ key, message }] });

/** The workspace and job that an order becomes, or why it cannot begin now. */
async function planStart(
  context: ProcessContext,
  order: Order,
): Promise<{ viewer: WorkspaceViewer; wanted: WorkspaceForJob } | { missing: Missing[] }> {
  const { workspaces } = context;
  const projectNo = await dstProjectNoOf(context, order);
  if (projectNo === undefined)
    return missing('Service-Project', 'The client has no enabled access to a project of DST');
  const viewer = await clientOf(context, order, projectNo);
  if (!viewer) {
    const name = clientAccountOf(order)?.account ?? 'the client who has accepted the offer';
    return missing('Service-Project', `${name} has no enabled access to the project ${projectNo}`);
  }
  const found = jobFor(workspaces.configuration, order);
  if ('missing' in found) return { missing: [found.missing] };
  const links = await resolveLinks(workspaces, viewer, linksOf(order), projectNo);
  if ('notFound' in links) return missing('Service-Inputs', `The project has no stored file ${links.notFound}`);
  const { processID } = order.process;
  const wanted: WorkspaceForJob = {
    name: `Analysis ${processID.slice(0, 10)}`,
    description: `Carries out the process ${processID}`,
    defaultJobType: found.job.jobType,
    projectNo,
    job: found.job,
    diskSpace: scriptOf(order).reduce((sum, { size }) => sum + size, 0),
  };
  const exceeded = await limitsExceededBy(workspaces, viewer, wanted);
  if (exceeded.length > 0) {
    return { missing: exceeded.map((message) => ({ key: 'Service-Limits', message })) };
  }
  return { viewer, wanted };
}

/** Finds what prevents the beginning of an order. */
export async function startMissing(context: ProcessContext, order: Order): Promise<Missing[]> {
  const plan = await planStart(context, order);
  return 'missing' in plan ? plan.missing : [];
}

/** The part of the transaction of the beginning: the workspace, the job, and what they count for, so that an order has one job. */
export async function startPart(context: ProcessContext, order: Order): Promise<StepPart | { missing: Missing[] }> {
  const plan = await planStart(context, order);
  if ('missing' in plan) return plan;
  const { viewer, wanted } = plan;
  const { workspaceId, jobId, writes } = await workspaceWithJob(context.workspaces, viewer, wanted);
  return {
    set: { job: { userId: viewer.userId, workspaceId, jobId }, serviceStatus: jobStatus.begun },
    entries: [
      {
        event: 'changed',
        type: 'STATUS',
        key: 'serviceStatus',
        data: jobStatus.begun,
        old: order.process.serviceStatus,
        details: { job: jobId, workspace: workspaceId, of: viewer.account.userName },
      },
    ],
    writes,
  };
}

/** Puts into the workspace what the order works on, and starts the job. */
export async function begin(context: ProcessContext, order: Order, job: ProcessJob): Promise<void> {
  const projectNo = await dstProjectNoOf(context, order);
  const viewer = projectNo === undefined ? undefined : await clientOf(context, order, projectNo);
  if (!viewer) {
    return giveUpFilling(context.workspaces, job, 'The client has no enabled access to the project any more');
  }
  await fillWorkspace(context.workspaces, viewer, job, {
    files: scriptOf(order).map((file) => ({
      name: scriptName(file),
      bucket: context.attachments.name,
      key: objectKey(file),
      size: file.size,
      etag: file.etag,
    })),
    links: linksOf(order),
  });
}

/** A file that is named twice is one link: a workspace has no two of one name. */
const linksOf = (order: Order): SentLink[] =>
  [...new Set(detailsOf(order).inputs)].map((fileId, index) => ({
    name: inputName(fileId, index),
    sent: { name: inputName(fileId, index), dataset_uuid: fileId },
  }));
