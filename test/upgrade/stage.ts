import type { FaultRule, FileBehaviour } from '../../infra/local/portal/faults.ts';
import type { FileDetails, SimulatedFile } from '../../infra/local/portal/simulator.ts';
import { type Action, commitAction } from '../../shared/decisions/context.ts';
import type { Next, Transfer } from '../../shared/files/transfer.ts';
import type { IncidentRow } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import type { World } from '../files/files-fixture.ts';
import type { Outbox } from '../files/outbox.ts';
import { deskOf } from './carry-on.ts';
import type { InFlight } from './fixture.ts';

/** Bytes of a file that goes up in several parts. */
export const large = 12_000_000;
const decision = { by: 'ann', reason: 'DST says so' };

/** Dependencies of a day. */
export class Stage {
  readonly world: World;
  readonly outbox: Outbox;
  /** Executions, each before its next step. */
  readonly inFlight: InFlight[] = [];

  /** Files of the portal, by id. */
  readonly files = new Map<string, SimulatedFile>();

  constructor(world: World, outbox: Outbox) {
    this.world = world;
    this.outbox = outbox;
  }

  send(messageId: string, messageType: string, data: object): Promise<string> {
    return this.world.portal.send(messageType, data, { messageId, timestamp: '2025-01-06T08:00:00Z' });
  }

  addFile(fileId: string, size: number, behaviour?: FileBehaviour): Promise<FileDetails> {
    this.files.set(fileId, { fileId, size });
    return this.world.portal.addFile({ fileId, size }, behaviour);
  }

  async refuse(call: NonNullable<FaultRule['calls']>[number], status: number): Promise<void> {
    await this.world.portal.setFaults({ rules: [{ kind: 'status', status, calls: [call] }] });
  }

  async refuseNothing(): Promise<void> {
    await this.world.portal.setFaults({ rules: [] });
  }

  async settle(): Promise<void> {
    await this.world.settle();
    await this.world.clock.advance(61_000);
    await this.world.settle();
  }

  /** Without the transfers that come of it. */
  async handleAll(): Promise<void> {
    while ((await this.world.gateway.handleQueued()) > 0);
  }

  /** Lets the process die after so many calls that change something. */
  async dieAfter(call: number, run: () => Promise<unknown>): Promise<void> {
    const { crashes } = this.world;
    crashes.plan({ call, when: 'after' });
    await run();
    crashes.plan();
  }

  keep({ next, ...state }: Transfer & Next): void {
    if (next === 'stop') throw new Error('A transfer ended that was to go on');
    this.inFlight.push({ step: next, state: { ...state, next } });
  }

  async decide(action: Action): Promise<void> {
    await commitAction(deskOf(this.world), action, decision);
  }

  async incident({ kind, messageId }: Pick<IncidentRow, 'kind' | 'messageId'>): Promise<IncidentRow> {
    const { context, tables } = this.world;
    for await (const row of scan<IncidentRow>(context.db, tables.incidents))
      if (row.kind === kind && row.messageId === messageId) return row;
    throw new Error(`There is no incident ${kind} of ${messageId}`);
  }
}
