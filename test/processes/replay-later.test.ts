import { describe, expect, it } from 'vitest';
import type { ProcessContext } from '../../shared/processes/context.ts';
import { allServices } from '../../shared/processes/services/all.ts';
import { formRequest } from '../api/requests.ts';
import { useWorlds } from '../support/setup.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

/** A binary STL of twelve triangles. */
const model = Buffer.alloc(684, 'stl');

function formOf(fields: Record<string, string>, name: string): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append(name, new File([model], 'model.stl'));
  return form;
}

/** As these tests send it. */
async function titleForm() {
  const form = new FormData();
  form.set('title', 'my_title');
  return formRequest(form);
}

/** The tests of the later generation: their first half is a visitor's, who then signs in. */
async function useApi(services?: ProcessContext['services']) {
  const api = createProcessesApi(await createWorld(), services);
  const account = await api.signUp('client');
  let asker: Asker = {};
  const ask = (request: string, body?: unknown) => api.ask(asker, request, body);
  const create = async () => {
    const created = await api.ask(asker, 'POST project/create/', undefined, await titleForm());
    const [cookie] = (created.cookies ?? []).map((each) => each.split(';')[0]);
    if (cookie !== undefined) asker = { ...asker, cookie };
    const { projectID } = Object(created.body);
    const { processID } = Object((await ask(`GET process/create/${projectID}/`)).body);
    return { projectID, processID, processIDs: [processID] };
  };
  /** Signs the visitor in, as the browser keeps its cookie. */
  const signIn = async () => {
    asker = { ...asker, ...account };
    expect(await ask('GET project/save/')).toMatchObject({ status: 200, body: 'Success' });
    asker = account;
  };
  return { api, ask, create, signIn };
}

describe('the tests of the later generation', () => {
  it('test_getProject', async () => {
    const { ask, create, signIn } = await useApi();
    const { projectID, processID } = await create();
    const expected = { status: 200, body: { projectID, processes: [{ processID }] } };
    expect(await ask(`GET project/get/${projectID}/`)).toMatchObject(expected);
    await signIn();
    expect(await ask(`GET project/get/${projectID}/`)).toMatchObject(expected);
  });

  it('test_getFlatProjects', async () => {
    const { ask, create, signIn } = await useApi();
    const { projectID } = await create();
    const listed = async () => Object((await ask('GET project/dashboard/all/get/')).body).projects;
    expect(await listed()).toMatchObject([{ projectID, client: 'anonymous' }]);
    await signIn();
    expect(await listed()).toMatchObject([{ projectID, projectDetails: { title: 'my_title' } }]);
  });

  it('test_updateProject', async () => {
    const { ask, create, signIn } = await useApi();
    const { projectID } = await create();
    for (const title of ['test', 'test2']) {
      const body = { projectID, changes: { projectDetails: { title } } };
      expect(await ask('PATCH project/update/', body)).toMatchObject({ status: 200, body: 'Success' });
      expect(await ask(`GET project/get/${projectID}/`)).toMatchObject({ body: { projectDetails: { title } } });
      if (title === 'test') await signIn();
    }
  });

  it('test_deleteProjects', async () => {
    const { ask, create, signIn } = await useApi();
    for (const signingIn of [true, false]) {
      const { projectID } = await create();
      expect(await ask(`DELETE project/delete/?projectIDs=${projectID}`)).toMatchObject({ status: 200 });
      expect((await ask('GET project/dashboard/all/get/')).body).toEqual({ projects: [] });
      if (signingIn) await signIn();
    }
  });

  it('test_updateProcess', async () => {
    const { ask, create, signIn } = await useApi();
    const { projectID, processID, processIDs } = await create();
    const update = (changes: object) => ask('PATCH process/update/', { projectID, processIDs, changes });
    expect(await update({ serviceType: 1 })).toMatchObject({ status: 200 });
    await signIn();
    expect(await update({ processStatus: 1 })).toMatchObject({ status: 200, body: 'Success' });
    const { body } = await ask(`GET process/get/${projectID}/${processID}/`);
    expect(body).toMatchObject({ serviceType: 1, processStatus: 201 });
  });

  it('test_deleteProcesses', async () => {
    const { ask, create, signIn } = await useApi();
    for (const signingIn of [true, false]) {
      const { projectID, processID } = await create();
      expect(await ask(`DELETE process/delete/${projectID}/?processIDs=${processID}`)).toMatchObject({ status: 200 });
      expect(await ask(`GET project/get/${projectID}/`)).toMatchObject({ body: { processes: [] } });
      if (signingIn) await signIn();
    }
  });

  it('test_uploadAndDownloadFile', async () => {
    const { ask, create, signIn } = await useApi();
    for (const signingIn of [true, false]) {
      const { projectID, processID } = await create();
      const form = formOf({ projectID, processID, origin: 'Upload' }, 'attachment');
      expect(await ask('POST uploadFiles/', form)).toMatchObject({ status: 200, body: 'Success' });
      const { files } = Object((await ask(`GET process/get/${projectID}/${processID}/`)).body);
      const [[fileID, file] = []] = Object.entries(files);
      expect(file).toMatchObject({ origin: 'Upload' });
      const given = await ask(`GET downloadFile/${projectID}/${processID}/${fileID}/`);
      expect(given).toMatchObject({ status: 200, body: model });
      if (signingIn) await signIn();
    }
  });

  it('test_uploadAndDeleteModel', async () => {
    const { ask, create } = await useApi(allServices);
    const { projectID, processID, processIDs } = await create();
    await ask('PATCH process/update/', { projectID, processIDs, changes: { serviceType: 1 } });
    const fields = { projectID, processID, tags: '', licenses: '', certificates: '', origin: 'Service' };
    expect(await ask('POST uploadModel/', formOf(fields, 'model'))).toMatchObject({ status: 200 });
    const read = async () => Object((await ask(`GET process/get/${projectID}/${processID}/`)).body).serviceDetails;
    expect(await read()).toMatchObject({ model: { id: expect.any(String) } });
    expect(await ask(`DELETE deleteModel/${processID}/`)).toMatchObject({ status: 200 });
    expect(await read()).toEqual({ model: {} });
  });

  it('test_getContractors, by what the service asks for', async () => {
    const { api, ask, create, signIn } = await useApi(allServices);
    await api.signUp('worker');
    const hashedID = await api.organize('testOrga', ['worker'], [1]);
    await api.organize('others', ['worker'], [2]);
    await signIn();
    const { projectID, processID, processIDs } = await create();
    const contractors = () => ask(`GET process/contractors/get/${processID}/`);
    expect(await contractors()).toMatchObject({ status: 400 });
    const update = (changes: object) => ask('PATCH process/update/', { projectID, processIDs, changes });
    await update({ serviceType: 1 });
    await ask('POST uploadModel/', formOf({ projectID, processID }, 'model'));
    await update({ serviceDetails: { resources: { cpus: 1, memoryGiB: 1, hours: 1 } } });
    expect(await ask(`GET process/get/${projectID}/${processID}/`)).toMatchObject({
      body: { statusName: 'SERVICE_READY' },
    });
    expect(await contractors()).toMatchObject({
      status: 200,
      body: { contractors: [{ hashedID, name: 'testOrga' }], errors: [] },
    });
  });

  it('test_processHistory', async () => {
    const { ask, create, signIn } = await useApi();
    await signIn();
    const { processID } = await create();
    const { status, body } = await ask(`GET process/history/get/${processID}/`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ history: [{ type: 1, event: 'created', createdBy: 'client' }] });
  });

  it('test_stateMachine', async () => {
    const { ask, create } = await useApi();
    const { projectID, processID, processIDs } = await create();
    await ask('PATCH process/update/', { projectID, processIDs, changes: { serviceType: 1 } });
    const read = async () => Object((await ask(`GET process/get/${projectID}/${processID}/`)).body);
    const [first] = (await read()).processStatusButtons;
    const pressed = await ask('POST states/buttons/get/', { projectID, processIDs, buttonData: first.action.data });
    expect(pressed).toMatchObject({ status: 200, body: {} });
    expect(await read()).toMatchObject({ processStatus: 0, serviceType: 0 });
  });
});
