import * as z from 'zod';
import { accountIdOf } from '../../accounts/membership.ts';
import type { JobNotice } from '../../history/history.ts';
import { clientAudience } from '../../processes/audience.ts';
import type { News } from './news.ts';

/** A job as its owner gets it. */
export const jobSchema = z.object({
  job_id: z.int(),
  workspace_id: z.int(),
  status: z.enum(['pending', 'running', 'stopping', 'complete', 'failed']),
  current_job_details: z
    .record(z.string(), z.unknown())
    .describe(
      'As of `GET /uws/jobs/{id}`, without `connection_details`, which a client asks for. Changes of `time_left` alone are not pushed',
    ),
});

/** News of a job, for the account that owns it: nobody else may see the job. */
export function newsOfJob({ subject, sequence, at, jobId, workspaceId, owner, status, details }: JobNotice): News {
  const job = { job_id: jobId, workspace_id: workspaceId, status, current_job_details: JSON.parse(details) };
  return {
    id: `${subject}#${sequence}`,
    at,
    subject,
    audiences: [clientAudience(accountIdOf(owner))],
    message: { action: 'job', ...job },
  };
}
