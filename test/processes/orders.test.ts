import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

describe('an order', () => {
  it('goes from a draft to its completion, step by step, with both parties', async () => {
    const api = createProcessesApi(await createWorld());
    const client = await api.signUp('ann');
    const worker = await api.signUp('walt');
    const clinic = await api.organize('Clinic', ['walt']);
    const order = await api.createProcess(client);
    expect(await order.read()).toMatchObject({ statusName: 'DRAFT', processStatus: 0 });
    expect(await order.change({ serviceType: 1 })).toMatchObject({ status: 200, body: 'Success' });
    expect(await order.read()).toMatchObject({ statusName: 'SERVICE_IN_PROGRESS' });
    await order.change({ serviceDetails: { model: 'm' } });
    await order.change({ serviceDetails: { material: 'PLA' } });
    expect(await order.read()).toMatchObject({
      statusName: 'SERVICE_READY',
      serviceDetails: { model: 'm', material: 'PLA' },
    });
    expect(await order.press('VERIFYING')).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Process-Contractor' }, { key: 'Process-Status' }] },
    });
    await order.change({ provisionalContractor: clinic });
    expect(await order.press('VERIFYING')).toMatchObject({ status: 200, body: {} });
    await api.endVerification(order.projectID, order.processID, 'VERIFIED');
    expect(await api.ask(worker, `GET process/get/${order.projectID}/${order.processID}`)).toMatchObject({
      status: 404,
    });
    expect(await order.press('REQUESTED')).toMatchObject({ status: 200 });
    const shown = await order.read(worker);
    expect(shown).toMatchObject({ statusName: 'REQUESTED', contractor: { name: 'Clinic' } });
    for (const [step, by] of [
      ['CLARIFICATION', worker],
      ['CONFIRMED_BY_CONTRACTOR', worker],
      ['CONFIRMED_BY_CLIENT', client],
      ['PRODUCTION', worker],
      ['DELIVERY', worker],
      ['DISPUTE', client],
      ['COMPLETED', client],
    ] as const) {
      expect(await order.press(step, by === client ? worker : client)).toMatchObject({ status: 403 });
      expect(await order.press(step, by)).toMatchObject({ status: 200 });
      expect(await order.read()).toMatchObject({ statusName: step });
    }
    const statuses = (await order.history()).filter(({ event }) => event === 'status changed');
    expect(statuses.map(({ data }) => Object(data).value)).toEqual([
      201, 200, 300, 400, 402, 500, 500, 600, 700, 800, 900, 1000, 1100,
    ]);
    const documented = Object((await api.ask(client, `GET getProcessHistory/${order.processID}`)).body).history;
    const changed = documented.filter(({ event }: { event: string }) => event === 'status changed');
    expect(changed.map(({ data }: { data: number }) => data)).toEqual([
      201, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 1300,
    ]);
    const { events } = Object((await api.ask(client, 'GET events/all/get')).body);
    const told = events.filter(
      ({ eventData }: { eventData: { reason: string } }) => eventData.reason === 'processStatus',
    );
    expect(told.map(({ eventData }: { eventData: { content: string } }) => eventData.content)).toEqual([
      ...['402', '500', '600', '800', '900'],
    ]);
  });
});
