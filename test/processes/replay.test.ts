import { describe, expect, it } from 'vitest';
import type { ProcessContext } from '../../shared/processes/context.ts';
import { allServices } from '../../shared/processes/services/all.ts';
import { useWorlds } from '../support/setup.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

/** A binary STL of twelve triangles. */
const model = Buffer.alloc(684, 'stl');

function formOf(fields: Record<string, string>, name: string, bytes: Buffer<ArrayBuffer>): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append(name, new File([bytes], 'model.stl'));
  return form;
}

/**
 * The documented system's own tests, on the documented paths. There all clients are signed in, so saving the projects of the
 * session changes nothing; here the first half of each is asked by a visitor too, whose drafts are then adopted.
 */
async function useApi(services?: ProcessContext['services']) {
  const api = createProcessesApi(await createWorld(), services);
  const client = await api.signUp('client');
  const ask = (request: string, body?: unknown, asker: Asker = client) => api.ask(asker, request, body);
  /** GET createProjectID, then GET createProcessID. */
  const create = async () => {
    const { projectID } = Object((await ask('GET createProjectID/')).body);
    const { processID } = Object((await ask(`GET createProcessID/${projectID}/`)).body);
    return { projectID, processID, processIDs: [processID] };
  };
  const save = async () => expect(await ask('GET saveProjects/')).toMatchObject({ status: 200, body: 'Success' });
  return { api, client, ask, create, save };
}

describe('the tests of the documented system', () => {
  it('test_getProject', async () => {
    const { ask, create, save } = await useApi();
    const { projectID, processID } = await create();
    const expected = { status: 200, body: { projectID, processes: [{ processID }] } };
    expect(await ask(`GET getProject/${projectID}/`)).toMatchObject(expected);
    await save();
    expect(await ask(`GET getProject/${projectID}/`)).toMatchObject(expected);
  });

  it('test_getFlatProjects', async () => {
    const { ask, create, save } = await useApi();
    const { projectID } = await create();
    const expected = { status: 200, body: { projects: [{ projectID, processesCount: 1, owner: true }] } };
    expect(await ask('GET getFlatProjects/')).toMatchObject(expected);
    await save();
    expect(await ask('GET getFlatProjects/')).toMatchObject(expected);
  });

  it.each(['details', 'projectDetails'])('test_updateProject, by its %s', async (field) => {
    const { ask, create, save } = await useApi();
    const { projectID } = await create();
    for (const name of ['test', 'test2']) {
      const body = { projectID, changes: { [field]: { name } } };
      expect(await ask('PATCH updateProject/', body)).toMatchObject({ status: 200, body: 'Success' });
      expect(await ask('GET getFlatProjects/')).toMatchObject({ body: { projects: [{ details: { name } }] } });
      await save();
    }
  });

  it('test_deleteProjects', async () => {
    const { ask, create, save } = await useApi();
    for (const saving of [false, true]) {
      const { projectID } = await create();
      if (saving) await save();
      const answered = await ask(`DELETE deleteProjects/?projectIDs=${projectID}`);
      expect(answered).toMatchObject({ status: 200, body: 'Success' });
      expect((await ask('GET getFlatProjects/')).body).toEqual({ projects: [] });
    }
  });

  it('test_updateProcess, where a status that is asked for is ignored', async () => {
    const { ask, create, save } = await useApi();
    const { projectID, processIDs } = await create();
    const service = { projectID, processIDs, changes: { serviceType: 1 }, deletions: {} };
    expect(await ask('PATCH updateProcess/', service)).toMatchObject({ status: 200, body: 'Success' });
    await save();
    const status = { projectID, processIDs, changes: { processStatus: 1 } };
    expect(await ask('PATCH updateProcess/', status)).toMatchObject({ status: 200, body: 'Success' });
    const { body } = await ask(`GET getProject/${projectID}/`);
    expect(body).toMatchObject({ processes: [{ serviceType: 1, processStatus: 201 }] });
  });

  it('test_deleteProcesses', async () => {
    const { ask, create, save } = await useApi();
    for (const saving of [false, true]) {
      const { projectID, processID } = await create();
      if (saving) await save();
      const answered = await ask(`DELETE deleteProcesses/${projectID}/?processIDs=${processID}`);
      expect(answered).toMatchObject({ status: 200, body: 'Success' });
      expect(await ask(`GET getProject/${projectID}/`)).toMatchObject({ body: { processes: [] } });
    }
  });

  it('test_uploadAndDownloadFile', async () => {
    const { api, client, ask, create, save } = await useApi();
    for (const saving of [false, true]) {
      const { projectID, processID } = await create();
      if (saving) await save();
      const form = formOf({ projectID, processID }, 'attachment', model);
      expect(await ask('POST uploadFiles/', form)).toMatchObject({ status: 200, body: 'Success' });
      const [{ files }] = Object((await ask(`GET getProject/${projectID}/`)).body).processes;
      const [fileID] = Object.keys(files);
      expect((await api.ask(client, `GET downloadFile/${processID}/${fileID}/`)).body).toEqual(model);
    }
  });

  it('test_uploadAndDeleteModel', async () => {
    const { ask, create } = await useApi(allServices);
    const { projectID, processID, processIDs } = await create();
    const service = { projectID, processIDs, changes: { serviceType: 1 } };
    expect(await ask('PATCH updateProcess/', service)).toMatchObject({ status: 200 });
    const fields = { projectID, processID, tags: '', licenses: '', certificates: '' };
    const { status, body } = await ask('POST uploadModel/', formOf(fields, 'model', model));
    expect(status).toBe(200);
    const [id] = Object.keys(Object(body));
    const read = async () => Object((await ask(`GET getProject/${projectID}/`)).body).processes[0].serviceDetails;
    expect(await read()).toEqual({ model: { id } });
    expect(await ask(`DELETE deleteModel/${processID}/`)).toMatchObject({ status: 200 });
    expect(await read()).toEqual({ model: {} });
  });

  it('test_sendProject, with the details and the contractor that an order needs', async () => {
    const { api, ask, create } = await useApi();
    const worker = await api.signUp('worker');
    const contractor = await api.organize('testOrga', ['worker']);
    const { projectID, processID, processIDs } = await create();
    const update = (changes: object) => ask('PATCH updateProcess/', { projectID, processIDs, changes });
    expect(await update({ serviceType: 1 })).toMatchObject({ status: 200 });
    expect(await update({ provisionalContractor: contractor })).toMatchObject({ status: 200 });
    const verify = () => ask('PATCH verifyProject/', { projectID, send: true, processIDs });
    expect(await verify()).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Service-model', processID }, { key: 'Service-material' }, { key: 'Process-Status' }] },
    });
    expect(await update({ serviceDetails: { model: 'm', material: 'PLA' } })).toMatchObject({ status: 200 });
    expect(await ask('PATCH sendProject/', { projectID, processIDs })).toMatchObject({ status: 409 });
    expect(await verify()).toMatchObject({ status: 200, body: 'Success' });
    const shown = await ask(`GET getProject/${projectID}/`);
    expect(shown).toMatchObject({ body: { processes: [{ processStatus: 400, verification: { send: true } }] } });
    await api.endVerification(projectID, processID, 'VERIFIED');
    expect(await ask('PATCH sendProject/', { projectID, processIDs })).toMatchObject({ status: 200, body: 'Success' });
    const missed = Object((await ask('GET getMissedEvents/', undefined, worker)).body);
    expect(missed.events[0].processes[0].processStatus).toBeGreaterThan(0);
    const received = await ask(`GET getProject/${projectID}/`, undefined, worker);
    expect(received).toMatchObject({ body: { processes: [{ processStatus: 600, contractor: 'testOrga' }] } });
    expect(await ask('GET retrieveProjects/', undefined, worker)).toMatchObject({
      status: 200,
      body: [{ projectID, processes: [{ processID }] }],
    });
  });
});
