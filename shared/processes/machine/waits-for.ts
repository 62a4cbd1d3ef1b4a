import { isBeforeRequest, type Status } from './status.ts';
import { type Side, transitions } from './transitions.ts';

/** Work takes its time: nobody is reminded of it. */
const underWork: ReadonlySet<Status> = new Set<Status>(['PRODUCTION']);

/**
 * The side that has to make a step before anything goes on, of a process that was sent or whose verification has ended. Where both
 * may make one, the process waits for both.
 */
export function waitsFor(status: Status): Side[] {
  if (underWork.has(status) || (isBeforeRequest(status) && status !== 'SERVICE_COMPLICATION' && status !== 'VERIFIED'))
    return [];
  const by = new Set(transitions.filter(({ from }) => from === status).map((transition) => transition.by));
  return (['client', 'contractor'] as const).filter((side) => by.has(side));
}
