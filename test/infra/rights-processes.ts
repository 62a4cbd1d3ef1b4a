import { z } from 'zod';

const ids = z.object({ projectID: z.string() }).or(z.object({ processID: z.string() }));

/**
 * Sends requests about projects and processes that need all that their functions may do: as a visitor first, whose draft the
 * account that signs in then adopts.
 *
 * @param signIn signs in with the cookie of the visitor. @returns the token
 */
export async function playProcesses(url: string, signIn: (cookie: string) => Promise<string>): Promise<void> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const ask = async (request: string, body?: object): Promise<unknown> => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${url.replace(/\/$/, '')}/processes/public/${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) headers.cookie = cookie.split(';')[0] ?? '';
    const text = await response.text();
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
  await ask('GET getFlatProjects');
  // There is none: looked up among those of the portal.
  await ask(`GET getProject/dst-${Buffer.from('none').toString('base64url')}`);
  await ask(`DELETE deleteProcesses/${projectID}?processIDs=${first}`);
  await ask(`GET getProcessHistory/${first}`);
  await ask(`DELETE deleteProjects?projectIDs=${projectID}`);
}
