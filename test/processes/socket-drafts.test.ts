import { describe, expect, it, vi } from 'vitest';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import { saveProjectsViaWebsocket } from '../../shared/processes/drafts/adopt-at-sign-in.ts';
import { sessionIn } from '../../shared/processes/drafts/session.ts';
import { startLive } from '../live/live-fixture.ts';
import { useWorlds } from '../support/setup.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

async function useSockets() {
  const world = await createWorld();
  const api = createProcessesApi(world);
  const live = await startLive({
    world,
    authenticate: (context) => authenticateAccount(context),
    // The drafts were made at a host with TLS.
    visitorIn: ({ cookie }) => sessionIn({ cookie }),
    onVisitor: saveProjectsViaWebsocket(api.context),
  });
  const listed = async (asker: Asker) =>
    Object((await api.ask(asker, 'GET getFlatProjects')).body).projects.map(
      ({ projectID }: { projectID: string }) => projectID,
    ) as string[];
  return { api, live, listed };
}

describe('a connection of a browser that has drafts', () => {
  it('gives them to the account that it authenticates as, and those made since when it ends', async () => {
    const { api, live, listed } = await useSockets();
    const ann = await api.signUp('ann');
    const before = await api.createProcess({});
    const { cookie = '' } = before.owner;
    const socket = await live.connect({ cookie: `other=1; ${cookie}` });
    expect(await listed(ann)).toEqual([]);
    expect(await socket.ask({ action: 'auth', token: ann.token })).toMatchObject({ success: true });
    await vi.waitFor(async () => expect(await listed(ann)).toEqual([before.projectID]), { timeout: 20_000 });
    const since = await api.createProcess({ cookie });
    expect(await listed({ cookie })).toEqual([since.projectID]);
    socket.close();
    await vi.waitFor(
      async () => {
        const all = [before.projectID, since.projectID].toSorted();
        expect((await listed(ann)).toSorted()).toEqual(all);
      },
      { timeout: 20_000 },
    );
    expect(await listed({ cookie })).toEqual([]);
  });

  it('leaves them where they are when nobody authenticates', async () => {
    const { api, live, listed } = await useSockets();
    const { owner, projectID } = await api.createProcess({});
    const socket = await live.connect({ cookie: owner.cookie ?? '' });
    await socket.ask({ action: 'auth', token: 'x'.repeat(64) });
    await socket.closed;
    expect(await listed(owner)).toEqual([projectID]);
  });
});
