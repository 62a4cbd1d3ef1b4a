import type { FaultRule } from '../../infra/local/portal/faults.ts';
import { enrolResult } from '../../shared/files/enrol.ts';
import type { Next, Transfer } from '../../shared/files/transfer.ts';
import { type Action, carryOutAction } from '../../shared/operations/desk.ts';
import { planDismissal } from '../../shared/operations/dismiss.ts';
import { type IncidentRow, incidentId } from '../../shared/operations/incidents.ts';
import { planPause } from '../../shared/operations/pause.ts';
import { getItem } from '../../shared/platform/dynamodb.ts';
import type { Outbox } from '../files/outbox.ts';
import type { World } from '../files/world.ts';
import { deskOf } from './carry-on.ts';
import type { InFlight } from './fixture.ts';

/** Bytes of a file that goes up in several parts. */
const large = 12_000_000;
const decision = { by: 'ann', reason: 'DST says so' };

/**
 * Brings a gateway into every state that its tables, its bucket, its queues and its executions can be in, and leaves it
 * there: paused, while the portal gives no answer.
 */
export class Day {
  readonly #world: World;
  readonly #outbox: Outbox;
  readonly #inFlight: InFlight[] = [];

  constructor(world: World, outbox: Outbox) {
    this.#world = world;
    this.#outbox = outbox;
  }

  /** @returns executions, each before its next step */
  async play(): Promise<InFlight[]> {
    await this.#everydayWork();
    await this.#whatNeedsPeople();
    await this.#whatIsNotMarked();
    // From here on the clock stands: leases are held.
    await this.#transfersUnderWay();
    await this.#messagesUnderWay();
    await this.#gatewayOutOfWork();
    return this.#inFlight;
  }

  async #everydayWork(): Promise<void> {
    const { portal } = this.#world;
    await this.#send('kept-1', 'CreateProject', { projectNo: 'kept' });
    await this.#send('kept-2', 'CreateProjectAccess', { projectNo: 'kept', accessIdentifier: 'kept-a' });
    await this.#send('kept-3', 'CreateProjectAccess', { projectNo: 'kept', accessIdentifier: 'kept-b' });
    await this.#send('kept-4', 'DisableProjectAccess', { accessIdentifier: 'kept-b' });
    const files = [await portal.addFile({ fileId: 'kept-file', size: 1_000 })];
    await this.#send('kept-5', 'DataDeliveryReady', { dataDeliveryId: 'kept-delivery', projectNo: 'kept', files });
    await this.#settle();
    await this.#send('again', 'CreateProject', { projectNo: 'kept' });
    await this.#settle();
  }

  async #whatNeedsPeople(): Promise<void> {
    const { portal, bridge } = this.#world;
    await this.#send('unknown', 'RenameProject', { projectNo: 'kept' });
    await this.#send('unreadable', 'CreateProject', { projectNo: null });
    await this.#send('return-nothing', 'ReturnDataFile', { fileId: 'nothing' });
    const file = { ...(await portal.addFile({ fileId: 'wrong', size: 10 })), fileChecksum: '0'.repeat(32) };
    await this.#send('wrong-1', 'CreateProject', { projectNo: 'wrong' });
    await this.#send('wrong-2', 'DataDeliveryReady', { projectNo: 'wrong', files: [file] });
    await this.#settle();

    await this.#refuse('POST /user-accesses', 403);
    await this.#send('stuck-1', 'CreateProject', { projectNo: 'stuck' });
    await this.#send('stuck-2', 'CreateProjectAccess', { projectNo: 'stuck', accessIdentifier: 'stuck-a' });
    await this.#send('gone-1', 'CreateProject', { projectNo: 'gone' });
    await this.#send('gone-2', 'CreateProjectAccess', { projectNo: 'gone', accessIdentifier: 'gone-a' });
    await this.#settle();

    await this.#refuse('POST /data/project/{projectNo}', 403);
    await this.#outbox.put('outbox/kept/failed.csv');
    await this.#outbox.put('outbox/nobody/refused.csv');
    await this.#outbox.enrol();
    await this.#settle();
    await portal.setFaults({ rules: [] });

    bridge.settings.holdTypes = ['EnableProjectAccess'];
    await this.#send('approve-1', 'CreateProject', { projectNo: 'approve' });
    const access = { accessIdentifier: 'approve-a' };
    await this.#send('approve-2', 'CreateProjectAccess', { projectNo: 'approve', ...access });
    await this.#send('approve-3', 'EnableProjectAccess', access);
    await this.#settle();
    bridge.settings.holdTypes = [];
  }

  /** Messages that are settled, while the portal says that they are not the centre's. */
  async #whatIsNotMarked(): Promise<void> {
    const { portal, bridge, tables } = this.#world;
    await portal.setFaults({ otherCentreIds: ['done', 'reused', 'gone-2', 'dismissed'] });
    await this.#send('done', 'CreateProject', { projectNo: 'done' });
    await this.#send('reused', 'CreateProject', { projectNo: 'reused' });
    await this.#send('gone-3', 'DeleteProject', { projectNo: 'gone' });
    await this.#send('dismissed', 'RenameProject', { projectNo: 'done' });
    await this.#settle();
    await this.#send('reused', 'CreateProject', { projectNo: 'another' });
    await this.#settle();
    const key = { incidentId: incidentId({ kind: 'unknown-message-type', subject: 'dismissed' }) };
    const incident = await getItem<IncidentRow>(bridge.db, tables.incidents, key);
    if (!incident) throw new Error('The unknown message has no incident');
    await this.#decide(await planDismissal(deskOf(this.#world), incident, false));
  }

  async #transfersUnderWay(): Promise<void> {
    const { portal, gateway } = this.#world;
    const [copying, copied, put] = [
      await portal.addFile({ fileId: 'copying', size: large }),
      await portal.addFile({ fileId: 'copied', size: large }),
      await portal.addFile({ fileId: 'put', size: 2_000 }),
    ];
    await this.#send('delivery', 'DataDeliveryReady', { projectNo: 'kept', files: [copying, copied, put] });
    await this.#send('return', 'ReturnDataFile', { fileId: 'kept-file' });
    await this.#send('leaving-1', 'CreateProject', { projectNo: 'leaving' });
    await gateway.poll();
    await this.#handleAll();
    const leaving = await portal.addFile({ fileId: 'leaving-file', size: large });
    await this.#send('leaving-2', 'DataDeliveryReady', { projectNo: 'leaving', files: [leaving] });
    await this.#outbox.put('outbox/kept/sending.csv');
    await this.#outbox.enrol();
    await gateway.poll();
    await this.#handleAll();

    for (const transfer of gateway.started.splice(0)) await this.#takeFurther(transfer);
  }

  /** One file has a part, others are as good as complete, what is to be returned, sent or deleted is only prepared. */
  async #takeFurther(transfer: Transfer): Promise<void> {
    const { gateway } = this.#world;
    const prepared = await gateway.prepare(transfer);
    if (prepared.kind !== 'delivery' || isOf(prepared, 'leaving-file')) return this.#keep(prepared);
    let asked = 0;
    const isTimeUp = isOf(prepared, 'copying') ? () => asked++ > 0 : undefined;
    return this.#keep(await gateway.copy(prepared, isTimeUp));
  }

  async #messagesUnderWay(): Promise<void> {
    const { portal, gateway, crashes } = this.#world;
    await this.#send('leaving-3', 'DeleteProject', { projectNo: 'leaving' });
    await this.#refuse('POST /user-accesses', 500);
    await this.#send('half-1', 'CreateProject', { projectNo: 'half' });
    await this.#send('half-2', 'CreateProjectAccess', { projectNo: 'half', accessIdentifier: 'half-a' });
    await gateway.poll();
    await this.#handleAll();
    await portal.setFaults({ rules: [] });

    const files = await Promise.all(
      Array.from({ length: 30 }, (_, index) => portal.addFile({ fileId: `many-${index}`, size: 100 + index })),
    );
    const remark = 'long '.repeat(25_000);
    await this.#send('many', 'DataDeliveryReady', { projectNo: 'done', files, remark });
    await gateway.poll();
    crashes.plan({ call: 3, when: 'after' });
    await gateway.handleQueued();
    crashes.plan();

    await this.#send('leased', 'ResetPassword', { accessIdentifier: 'kept-a' });
    await gateway.poll();
    crashes.plan({ call: 1, when: 'after' });
    await gateway.handleQueued();
    crashes.plan();

    await this.#send('next-1', 'CreateProject', { projectNo: 'next' });
    await this.#send('next-2', 'CreateProjectAccess', { projectNo: 'next', accessIdentifier: 'next-a' });
    await this.#send('next-3', 'ResetPassword', { accessIdentifier: 'next-a' });
    await gateway.poll();
  }

  /** The portal is out, a poll has died, and an operator has paused all. */
  async #gatewayOutOfWork(): Promise<void> {
    const { gateway, crashes } = this.#world;
    await this.#refuse('GET /messages', 500);
    for (let poll = 0; poll < 3; poll++) await gateway.poll().catch(() => {});
    crashes.plan({ call: 1, when: 'after' });
    await gateway.poll();
    crashes.plan();
    await this.#outbox.putUnseen('outbox/kept/pending.csv');
    await enrolResult(gateway.outbox, 'outbox/kept/pending.csv');
    await this.#decide(await planPause(deskOf(this.#world)));
  }

  #keep({ next, ...state }: Transfer & Next): void {
    if (next === 'stop') throw new Error('A transfer ended that was to go on');
    this.#inFlight.push({ step: next, state: { ...state, next } });
  }

  async #decide(action: Action): Promise<void> {
    await carryOutAction(deskOf(this.#world), action, decision);
  }

  #send(messageId: string, messageType: string, data: object): Promise<string> {
    return this.#world.portal.send(messageType, data, { messageId, timestamp: '2025-01-06T08:00:00Z' });
  }

  async #refuse(call: NonNullable<FaultRule['calls']>[number], status: number): Promise<void> {
    await this.#world.portal.setFaults({ rules: [{ kind: 'status', status, calls: [call] }] });
  }

  async #settle(): Promise<void> {
    await this.#world.settle();
    await this.#world.clock.advance(61_000);
    await this.#world.settle();
  }

  /** Without the transfers that come of it. */
  async #handleAll(): Promise<void> {
    while ((await this.#world.gateway.handleQueued()) > 0);
  }
}

const isOf = (transfer: Transfer, fileId: string) =>
  transfer.kind === 'delivery' && transfer.files.some((file) => file.fileId === fileId);
