import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Mail } from '../../shared/processes/mail/mail.ts';
import { useWorlds } from '../support/setup.ts';
import { hour } from '../support/world.ts';
import { createMailingApi } from './mail-fixture.ts';
import { createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

describe('mail', () => {
  it('tells those of a party, once, that a process waits for a day, with its id and a link alone', async () => {
    const { order, mails, pass } = await createMailingApi(await createWorld());
    await pass(23 * hour);
    expect(mails()).toEqual([]);
    await pass(2 * hour);
    const [told, ...others] = mails();
    expect(others).toEqual([]);
    expect(told).toMatchObject({ from: 'gateway@centre.example', to: ['walt@clinic.example'] });
    expect(told?.subject).toBe('A process waits for you');
    expect(told?.text).toContain(`https://pages.centre.example/orders?tab=mine&process=${order.processID}`);
    expect(told?.text).not.toMatch(/PLA|ann|Clinic|PRINTING/);
    await pass(72 * hour);
    expect(mails()).toHaveLength(1);
  });

  it('says nothing where the step was made in time', async () => {
    const { worker, order, mails, pass, left } = await createMailingApi(await createWorld());
    await order.press('CONFIRMED_BY_CONTRACTOR', worker);
    await order.press('REJECTED_BY_CLIENT');
    await pass(25 * hour);
    expect(mails()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it('tells of a message without an answer, once for all of its author', async () => {
    const { signIn, worker, order, mails, pass } = await createMailingApi(await createWorld());
    await order.press('CONFIRMED_BY_CONTRACTOR', worker);
    await order.press('REJECTED_BY_CLIENT');
    await order.change({ messages: { text: 'the secret of the study' } }, worker);
    await order.change({ messages: { text: 'and another' } }, worker);
    await pass(25 * hour);
    expect(mails()).toMatchObject([{ to: ['ann@uni.example'], subject: 'A message waits for your answer' }]);
    expect(mails()[0]?.text).not.toMatch(/secret|another|walt/);
    const [ann, walt] = [await signIn('ann'), await signIn('walt')];
    await order.change({ messages: { text: 'Thanks' } }, ann);
    await order.change({ messages: { text: 'You are welcome' } }, walt);
    await order.change({ messages: { text: 'Bye' } }, ann);
    await order.change({ messages: { text: 'Bye' } }, walt);
    await order.change({ messages: { text: 'Really' } }, ann);
    await pass(25 * hour);
    expect(mails().map(({ to }) => to[0])).toEqual(['ann@uni.example', 'walt@clinic.example']);
  });

  it('tells all with an enabled access of what waits in a project of DST', async () => {
    const { world, context, signIn, organize, ask, endVerification, worker, mails, pass } = await createMailingApi(
      await createWorld(),
    );
    await world.portal.send('CreateProject', { projectNo: 'p' });
    for (const accessIdentifier of ['a', 'b'])
      await world.portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier });
    await world.run();
    const rows = (await world.rows.accounts()) as unknown as { account: string; accessIdentifier?: string }[];
    const people = rows.filter(({ accessIdentifier }) => accessIdentifier !== undefined);
    for (const { account } of people) {
      await context.db.send(
        new UpdateCommand({
          TableName: world.tables.accounts,
          Key: { account },
          UpdateExpression: 'SET email = :email',
          ExpressionAttributeValues: { ':email': `${account}@uni.example` },
        }),
      );
    }
    await world.portal.send('DisableProjectAccess', { accessIdentifier: 'b' });
    await world.run();
    const enabled = people.find(({ accessIdentifier }) => accessIdentifier === 'a')?.account ?? '';
    const researcher = await signIn(enabled);
    const projectID = `dst-${Buffer.from('p').toString('base64url')}`;
    const { processID } = Object((await ask(researcher, `GET createProcessID/${projectID}`)).body);
    const ids = { projectID, processIDs: [processID] };
    const contractor = await organize('Press', ['walt']);
    const change = (changes: object) => ask(researcher, 'PATCH updateProcess', { ...ids, changes, deletions: {} });
    const press = (targetStatus: string, by: typeof worker) =>
      ask(by, 'POST states/buttons/get', { ...ids, buttonData: { type: 'forwardStatus', targetStatus } });
    await change({ serviceType: 1, serviceDetails: { model: 'm', material: 'PLA' } });
    await change({ provisionalContractor: contractor });
    await press('VERIFYING', researcher);
    await endVerification(projectID, processID, 'VERIFIED');
    await press('REQUESTED', researcher);
    expect(await press('CONFIRMED_BY_CONTRACTOR', worker)).toMatchObject({ status: 200 });
    await pass(25 * hour);
    const about = mails().filter(({ text }) => text.includes(processID));
    expect(about.map(({ to }) => to)).toEqual([[`${enabled}@uni.example`]]);
  });

  it('is sent again where the service refuses, and at most twice where nobody knows', async () => {
    const { context, mail, mails, pass, left } = await createMailingApi(await createWorld());
    let calls = 0;
    const failing = (error: Error): Mail => ({
      ...mail,
      async send() {
        calls += 1;
        throw error;
      },
    });
    context.mail = failing(Object.assign(new Error('slow down'), { $metadata: { httpStatusCode: 429 } }));
    await pass(25 * hour);
    for (let time = 0; time < 3; time++) await pass(hour);
    expect(calls).toBe(4);
    context.mail = failing(new Error('no answer'));
    for (let time = 0; time < 4; time++) await pass(hour);
    expect(calls).toBe(6);
    expect(await left()).toEqual([]);
    expect(mails()).toEqual([]);
  });
});

describe('without a sender', () => {
  it('nothing is left to be sent', async () => {
    const api = createProcessesApi(await createWorld());
    const client = await api.signUp('ann');
    await api.signUp('walt');
    await api.createOrder(client, await api.organize('Clinic', ['walt']));
    const rows = await api.world.rows.all('processes');
    expect(rows.filter(({ item }) => /remind|mail/.test(String(item)))).toEqual([]);
  });
});
