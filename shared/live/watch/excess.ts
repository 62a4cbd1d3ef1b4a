import { type Closing, closings } from '../close.ts';
import type { ConnectionRow } from '../connection.ts';
import { maxOfAccount, maxUnauthenticated, maxUnauthenticatedOfAddress } from '../limits.ts';

/** A connection that is one too many. */
export interface Excess {
  connection: ConnectionRow;
  why: Closing | undefined;
}

/**
 * Finds the connections beyond the limits, the oldest first, so that a flood locks nobody out: legitimate clients authenticate
 * at once.
 */
export function excessOf(rows: readonly ConnectionRow[]): Excess[] {
  const isNew = ({ state }: ConnectionRow) => state === 'new';
  const crowded = [...groupsOf(rows.filter(isNew), ({ address }) => address)].flatMap((ofAddress) =>
    beyond(ofAddress, maxUnauthenticatedOfAddress),
  );
  const tooMany = new Set(crowded);
  const left = rows.filter((row) => isNew(row) && !tooMany.has(row));
  const unauthenticated = [...crowded, ...beyond(left, maxUnauthenticated)];
  const ofAccounts = rows.filter(({ identity }) => identity?.account !== undefined);
  const authenticated = [...groupsOf(ofAccounts, ({ identity }) => identity?.channel)].flatMap((ofAccount) =>
    beyond(ofAccount, maxOfAccount),
  );
  return [
    ...unauthenticated.map((connection) => ({ connection, why: undefined })),
    ...authenticated.map((connection) => ({ connection, why: closings.crowd })),
  ];
}

const groupsOf = (rows: readonly ConnectionRow[], by: (row: ConnectionRow) => unknown) =>
  Map.groupBy(rows, by).values();

/** All but the newest. */
const beyond = (rows: readonly ConnectionRow[], most: number): ConnectionRow[] =>
  rows.toSorted((one, other) => other.connectedAt - one.connectedAt).slice(most);
