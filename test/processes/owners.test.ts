import { describe, expect, it } from 'vitest';
import { deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { sweep } from '../../shared/processes/sweep.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, minute } from '../support/world.ts';
import { createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

const never = Number.POSITIVE_INFINITY;

describe('the projects of a deleted account', () => {
  it('are removed with orders under way, which are canceled, and leave their histories; those of others stay', async () => {
    const api = createProcessesApi(await createWorld());
    const { world, context, ask } = api;
    const ann = await api.signUp('ann');
    const bob = await api.signUp('bob');
    await api.signUp('root', { permissions: ['admin'] });
    await api.signUp('walt');
    const order = await api.createOrder(ann, await api.organize('Clinic', ['walt']));
    await order.change({ messages: { text: 'private words' } });
    const draft = await api.createProcess(ann);
    const others = await api.createProcess(bob);
    const adopted = await api.createProcess({});
    await ask({ ...(await api.signIn('ann')), cookie: adopted.owner.cookie ?? '' }, 'GET saveProjects');
    await sweep(context, never);
    await deleteAccount(context, 'ann', { by: 'root' });
    // Somebody else, who has the name now.
    world.clock.advance(minute);
    await api.signUp('ann');
    const later = await api.createProcess(await api.signIn('ann'));
    for (let time = 0; time < 2; time++) {
      world.clock.advance(7 * hour);
      await sweep(context, never);
    }
    const [root, walt] = [await api.signIn('root'), await api.signIn('walt')];
    for (const { projectID } of [order, draft, adopted])
      expect(await ask(root, `GET getProject/${projectID}`)).toMatchObject({ status: 404 });
    for (const { projectID } of [others, later])
      expect(await ask(root, `GET getProject/${projectID}`)).toMatchObject({ status: 200 });
    const entries = Object((await ask(walt, `GET process/history/get/${order.processID}`)).body).history;
    expect(entries.map(({ event }: { event: string }) => event).slice(-2)).toEqual(['status changed', 'deleted']);
    const rows = await world.rows.all('processes');
    expect(JSON.stringify(rows)).not.toContain('private words');
    const gone = [order.projectID, draft.projectID, adopted.projectID];
    const left = rows.filter((row) => gone.some((id) => JSON.stringify(row).includes(id)));
    // Missed events of the contractor go by their time to live.
    expect(left.filter(({ scope }) => !String(scope).startsWith('events#contractor#'))).toEqual([]);
    expect(rows.filter(({ scope }) => scope === 'owners')).toHaveLength(2);
  });
});
