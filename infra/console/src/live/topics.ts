import * as z from 'zod';

/** The parts of pushes that say what they are about. */
const about = z.object({
  action: z.string(),
  event: z.object({ subject: z.string() }).optional().catch(undefined),
  incident: z.object({ incidentId: z.string() }).optional().catch(undefined),
  processID: z.string().optional().catch(undefined),
  projectID: z.string().optional().catch(undefined),
});

/** Subjects that a push is about, as `project#1001`, `incident#…` or `process#…`; none of progress and presence. */
export function subjectsOf(push: unknown): string[] {
  const { event, incident, processID, projectID } = about.safeParse(push).data ?? {};
  return [
    ...(event ? [event.subject] : []),
    ...(incident ? [`incident#${incident.incidentId}`] : []),
    ...(processID === undefined ? [] : [`process#${processID}`]),
    ...(projectID === undefined ? [] : [`process-project#${projectID}`]),
  ];
}
