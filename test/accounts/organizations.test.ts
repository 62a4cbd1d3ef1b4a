import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const path = '/admin/organizations/Heart Clinic';
const clinic = { supportedServices: [1, 2], members: ['bob'], details: { phone: '112', size: 1e300 } };

async function withBob() {
  const api = await createAccountsApi(await createWorld());
  await api.create('bob');
  return api;
}

describe('an organization', () => {
  it('is created, replaced, listed and deleted', async () => {
    const { ask } = await withBob();
    const expected = { name: 'Heart Clinic', ...clinic, version: 1 };
    expect(await ask(`PUT ${path}`, clinic)).toMatchObject({ status: 201, body: expected });
    expect(await ask('GET /admin/organizations/HEART CLINIC')).toMatchObject({ status: 200, body: expected });
    const replaced = { supportedServices: [1], members: [], details: {} };
    expect(await ask(`PUT ${path}`, replaced)).toMatchObject({ status: 200, body: replaced });
    expect((await ask('GET /admin/organizations')).body).toEqual({
      organizations: [{ name: 'Heart Clinic', ...replaced, version: 2 }],
    });
    expect(await ask(`DELETE ${path}`)).toMatchObject({
      status: 200,
      body: { message: 'Organization Heart Clinic has been deleted' },
    });
    for (const method of ['GET', 'DELETE']) {
      expect(await ask(`${method} ${path}`)).toMatchObject({
        status: 404,
        body: { error: 'Organization Heart Clinic does not exist' },
      });
    }
    expect(await ask(`PUT ${path}`, replaced)).toMatchObject({ status: 201 });
  });

  it('is no account, and its history says who changed what', async () => {
    const { ask, world } = await withBob();
    await ask(`PUT ${path}`, clinic);
    await ask(`DELETE ${path}`);
    await ask(`PUT ${path}`, clinic);
    expect(await ask('GET /user/organization%23heart clinic')).toMatchObject({ status: 404 });
    const { result } = Object((await ask('GET /admin/users')).body);
    expect(result.map(({ username }: { username: string }) => username).toSorted()).toEqual(['bob', 'root-admin']);
    const events = (await world.rows.all('history')).filter(({ subject }) => subject === 'organization#heart clinic');
    expect(
      events.toSorted((one, other) => Number(one.sequence) - Number(other.sequence)).map(({ event }) => event),
    ).toEqual(['created', 'deleted', 'created']);
    expect(events[0]?.details).toMatchObject({ by: 'root-admin', address: '192.0.2.1' });
  });

  it('does not take a later account of the same name for its member', async () => {
    const { ask, create, world } = await withBob();
    await ask(`PUT ${path}`, { ...clinic, members: ['BOB', 'bob'] });
    expect(await ask(`GET ${path}`)).toMatchObject({ body: { members: ['bob'] } });
    await ask('DELETE /user/bob');
    expect(await ask(`GET ${path}`)).toMatchObject({ body: { members: [] } });
    world.clock.advance(1_000);
    await create('bob');
    expect(await ask(`GET ${path}`)).toMatchObject({ body: { members: [] } });
  });

  it('is saved by many at once, and one of them creates it', async () => {
    const { ask } = await withBob();
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(`PUT ${path}`, clinic)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 201]);
  });

  it('is not replaced by somebody who has not seen the last change', async () => {
    const { ask, create } = await withBob();
    await create('eve');
    const { version } = Object((await ask(`PUT ${path}`, clinic)).body);
    const answers = await Promise.all(
      ['bob', 'eve'].map((name) => ask(`PUT ${path}`, { ...clinic, members: [name], version })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toEqual({ error: 'Organization Heart Clinic has changed meanwhile. Look at it again' });
    const saved = Object(answers.find(({ status }) => status === 200)?.body);
    expect((await ask(`GET ${path}`)).body).toEqual(saved);
    expect(await ask(`PUT ${path}`, { ...saved, members: ['bob', 'eve'] })).toMatchObject({ status: 200 });
    expect(await ask(`PUT ${path}`, { ...clinic, version: 0 })).toMatchObject({
      status: 409,
      body: { error: 'Organization Heart Clinic already exists' },
    });
    await ask(`DELETE ${path}`);
    expect(await ask(`PUT ${path}`, saved)).toMatchObject({
      status: 409,
      body: { error: 'Organization Heart Clinic does not exist' },
    });
    expect(await ask(`PUT ${path}`, { ...clinic, version: 0 })).toMatchObject({ status: 201 });
  });

  it.each<[string, unknown, number]>([
    ['Heart Clinic', {}, 400],
    ['Heart Clinic', { ...clinic, supportedServices: ['1'] }, 400],
    ['Heart Clinic', { ...clinic, supportedServices: [0] }, 400],
    ['Heart Clinic', { ...clinic, version: -1 }, 400],
    ['Heart Clinic', { ...clinic, version: 1 }, 409],
    ['Heart Clinic', { ...clinic, members: ['nobody'] }, 400],
    ['Heart Clinic', { ...clinic, members: ['', 'email#bob@centre.example'] }, 400],
    ['Heart Clinic', { ...clinic, members: ['x'.repeat(2_049)] }, 400],
    ['Heart Clinic', { ...clinic, members: Array.from({ length: 501 }, () => 'bob') }, 400],
    ['Heart Clinic', { ...clinic, details: { text: 'x'.repeat(20_000) } }, 400],
    [' Heart', clinic, 409],
    ['a#b', clinic, 409],
    ['x'.repeat(65), clinic, 409],
  ])('%s with %j is refused', async (name, body, status) => {
    const { ask } = await withBob();
    expect(await ask(`PUT /admin/organizations/${name}`, body)).toMatchObject({ status });
    expect((await ask('GET /admin/organizations')).body).toEqual({ organizations: [] });
  });

  it('is for admins alone', async () => {
    const { ask, signIn } = await withBob();
    const token = await signIn('bob', bobPassword);
    for (const request of ['GET /admin/organizations', `GET ${path}`, `PUT ${path}`, `DELETE ${path}`]) {
      expect(await ask(request, clinic, null)).toMatchObject({ status: 400 });
      expect(await ask(request, clinic, token)).toMatchObject({ status: 403 });
    }
    expect(await ask('POST /admin/organizations/x', clinic)).toMatchObject({ status: 405 });
  });
});
