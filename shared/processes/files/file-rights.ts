import { refusals } from '../errors.ts';
import type { FoundProcess } from '../find-visible.ts';
import { isBeforeRequest, isEnd } from '../machine/status.ts';
import { requireParty } from '../parties.ts';
import type { ProcessFileRow } from '../rows.ts';

/** The side for which a viewer adds or deletes files. */
export type UploaderSide = ProcessFileRow['side'];

type Found = Pick<FoundProcess, 'process' | 'parties'>;

/**
 * The side for which a viewer may add files now: the client's until the end, the contractor's while the process is with it.
 *
 * @throws Refusal with 403 for somebody who only looks on, 409 for a process that has ended
 */
export function sideToAdd({ process, parties }: Found): UploaderSide {
  requireParty(parties, 'client', 'contractor');
  if (isEnd(process.status)) {
    throw refusals.conflict([{ key: 'Process-Status', message: `The process is ${process.status}` }]);
  }
  return parties.has('client') ? 'client' : 'contractor';
}

/** Checks that a viewer may change the description of a file: a side that of its own until the end. @throws Refusal with 403 or 409 */
export function checkDescription(found: Found, { side }: Pick<ProcessFileRow, 'side'>): void {
  requireParty(found.parties, side);
  sideToAdd(found);
}

/**
 * Checks that a viewer may delete a file: the client's until the process is sent, the contractor's until it has ended. What the
 * other side has looked at stays.
 *
 * @throws Refusal with 403 or 409
 */
export function checkDeletion(found: Found, { side }: Pick<ProcessFileRow, 'side'>): void {
  checkDescription(found, { side });
  if (side === 'client' && !isBeforeRequest(found.process.status)) {
    const message = 'The process was sent with this file';
    throw refusals.conflict([{ key: 'Process-Status', message }]);
  }
}
