import * as z from 'zod';

/** The parts of pushes that say what they are about. */
const about = z.object({
  action: z.string(),
  event: z.object({ subject: z.string() }).optional().catch(undefined),
  incident: z.object({ incidentId: z.string() }).optional().catch(undefined),
  events: z
    .array(z.object({ projectID: z.string(), processes: z.array(z.object({ processID: z.string() })) }))
    .optional()
    .catch(undefined),
  job_id: z.number().optional().catch(undefined),
});

/**
 * Subjects that a push is about, as `project#1001`, `incident#…`, `process#…` or `job#…`; `gateway` of the end of a poll; none of progress
 * and presence.
 */
export function subjectsOf(push: unknown): string[] {
  const { action, event, incident, events = [], job_id: jobId } = about.safeParse(push).data ?? {};
  return [
    ...(action === 'poll' ? ['gateway'] : []),
    ...(event ? [event.subject] : []),
    ...(incident ? [`incident#${incident.incidentId}`] : []),
    ...events.flatMap(({ projectID, processes }) => [
      `process-project#${projectID}`,
      ...processes.map(({ processID }) => `process#${processID}`),
    ]),
    ...(jobId === undefined ? [] : [`job#${jobId}`]),
  ];
}
