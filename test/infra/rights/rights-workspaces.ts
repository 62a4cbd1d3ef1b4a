import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const created = z.object({ data: z.object({ workspace: z.object({ id: z.number() }) }) });
const listed = z.object({ data: z.object({ jobs: z.array(z.object({ status: z.string() })) }) });

/**
 * Sends requests about workspaces, shares and jobs that need all that their functions may do.
 *
 * @param credentials of an account without a second factor, the first one that uses workspaces
 * @param token of the account
 */
export async function playWorkspaces(
  url: string,
  token: string,
  credentials: { username: string; password: string },
): Promise<void> {
  const ask = async (request: string, body?: object): Promise<unknown> => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${url.replace(/\/$/, '')}/uws${path}`, {
      method,
      headers: { 'uws-authorization': `Token ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 500) throw new Error(`${request}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await ask('POST /tokens', credentials);
  await ask('POST /tokens', { ...credentials, password: 'a wrong one' });
  const create = async (files: object[]) => {
    const body = { name: 'n', description: '', workspace_details: { files } };
    return created.parse(await ask('POST /workspaces', body)).data.workspace.id;
  };
  const id = await create([{ name: 'a', content: 'echo x >y; sleep 3' }]);
  const link = { name: 'b', dataset_uuid: 'none' };
  await ask(`PUT /workspaces/${id}`, { workspace_details: { symlinks: [link] } });
  await ask(`PUT /workspaces/${id}`, { workspace_details: { files: [{ name: 'a', content: 'abcd' }] } });
  await ask('GET /workspaces');
  await ask('GET /status');
  await ask('GET /users');
  await ask('POST /shared_workspaces', { original_workspace_id: id, shared_user_ids: [1] });
  await ask(`PUT /workspaces/${id}/start`, { job_type: 'batch', job_details: { script: 'a' } });
  while (listed.parse(await ask('GET /jobs')).data.jobs.some(({ status }) => !/complete|failed/.test(status))) {
    await delay(100);
  }
  await ask(`DELETE /workspaces/${await create([{ name: 'a', content: 'echo x >y; sleep 3' }])}`);
}
