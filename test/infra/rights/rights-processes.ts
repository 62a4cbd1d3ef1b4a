import { expect, vi } from 'vitest';
import { z } from 'zod';

type Ask = (request: string, body?: object) => Promise<unknown>;

const ids = z.object({ projectID: z.string() }).or(z.object({ processID: z.string() }));

/**
 * Sends requests about projects and processes that need all that their functions may do: as a visitor first, whose draft the
 * account that signs in then adopts.
 *
 * @param signIn signs in with the cookie of the visitor. @returns the token
 */
export async function playProcesses(url: string, signIn: (cookie: string) => Promise<string>): Promise<void> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const ask: Ask = async (request, body) => {
    const [method = '', path = ''] = request.split(' ');
    const { 'content-type': type, ...others } = headers;
    const response = await fetch(`${url.replace(/\/$/, '')}/processes/public/${path}`, {
      method,
      ...(body instanceof FormData
        ? { headers: others, body }
        : { headers, ...(body && { body: JSON.stringify(body) }) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) headers.cookie = cookie.split(';')[0] ?? '';
    const text = await response.text();
    if (path.startsWith('downloadFile/')) return text;
    if (!response.ok && response.status !== 404) throw new Error(`${request}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const create = async (request: string) => Object.values(ids.parse(await ask(request)))[0] ?? '';
  const projectID = await create('GET createProjectID');
  const first = await create(`GET createProcessID/${projectID}`);
  headers.token = await signIn(headers.cookie ?? '');
  const second = await create(`GET createProcessID/${projectID}`);
  const update = (processID: string, changes: object) =>
    ask('PATCH updateProcess', { projectID, processIDs: [processID], changes });
  await update(second, { messages: { text: 'hello' }, dependenciesIn: [first] });
  await playVerification(ask, create, projectID);
  await ask('GET getFlatProjects');
  // There is none: looked up among those of the portal.
  await ask(`GET getProject/dst-${Buffer.from('none').toString('base64url')}`);
  await ask(`DELETE deleteProcesses/${projectID}?processIDs=${first}`);
  await ask(`GET getProcessHistory/${first}`);
  await ask(`DELETE deleteProjects?projectIDs=${projectID}`);
}

const contractors = z.array(z.object({ hashedID: z.string() }));
const orders = z.object({
  processes: z.array(
    z.object({ processID: z.string(), processStatus: z.number(), files: z.record(z.string(), z.unknown()) }),
  ),
});

/** The documented number of VERIFYING. */
const verifying = 400;

/** Has an order verified. Without a project of the portal it is refused. */
async function playVerification(
  ask: Ask,
  create: (request: string) => Promise<string>,
  projectID: string,
): Promise<void> {
  const processID = await create(`GET createProcessID/${projectID}`);
  const update = (changes: object) => ask('PATCH updateProcess', { projectID, processIDs: [processID], changes });
  const order = async () =>
    orders.parse(await ask(`GET getProject/${projectID}`)).processes.find((each) => each.processID === processID);
  const form = new FormData();
  form.set('projectID', projectID);
  form.set('processID', processID);
  form.set('attachment', new Blob(['echo hello']), 'script.sh');
  await ask('POST uploadFiles', form);
  const [fileID = ''] = Object.keys((await order())?.files ?? {});
  await ask(`GET downloadFile/${processID}/${fileID}`);
  await update({ serviceType: 1 });
  await update({ serviceDetails: { image: 'centre/analysis', resources: { cpus: 1, memoryGiB: 1, hours: 1 } } });
  const [contractor] = contractors.parse(await ask(`GET getContractors/${processID}`));
  await update({ provisionalContractor: contractor?.hashedID });
  await ask('PATCH verifyProject', { projectID, processIDs: [processID], send: false });
  await vi.waitFor(async () => expect((await order())?.processStatus).not.toBe(verifying), { timeout: 30_000 });
  await ask(`DELETE deleteFile/${processID}/${fileID}`);
}
