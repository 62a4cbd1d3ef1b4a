import { expect, vi } from 'vitest';
import { z } from 'zod';

/** Credentials that the portal has given a researcher. */
export interface Researcher {
  loginName: string;
  oneTimePassword: string;
}

const object = z.record(z.string(), z.unknown());
const contractors = z.array(z.object({ hashedID: z.string() }));
const shown = z.object({ statusName: z.string(), serviceStatus: z.number(), serviceDetails: object });

/**
 * Orders an analysis of a delivered file in a project of the researcher's own, and has it carried out, which needs what no request
 * of others needs: the access to the project, a workspace, a job, and the news of its end.
 *
 * @param admin token of an admin, who acts for the contractor
 */
export async function playAnalysis(url: string, admin: string, researcher: Researcher, fileId: string): Promise<void> {
  const base = url.replace(/\/$/, '');
  const ask = async (token: string | undefined, request: string, body?: object): Promise<unknown> => {
    const [method = '', path = ''] = request.split(' ');
    const isForm = body instanceof FormData;
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { ...(!isForm && { 'content-type': 'application/json' }), ...(token !== undefined && { token }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${request}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const token = await signIn(ask, researcher);
  const text = (body: unknown, name: string) => z.string().parse(object.parse(body)[name]);
  const projectID = text(await ask(token, 'GET /processes/public/createProjectID'), 'projectID');
  const processID = text(await ask(token, `GET /processes/public/createProcessID/${projectID}`), 'processID');
  const ids = { projectID, processIDs: [processID] };
  const update = (changes: object) => ask(token, 'PATCH /processes/public/updateProcess', { ...ids, changes });
  const press = (by: string, targetStatus: string) =>
    ask(by, 'POST /processes/public/states/buttons/get', {
      ...ids,
      buttonData: { type: 'forwardStatus', targetStatus },
    });
  const read = async () => shown.parse(await ask(token, `GET /processes/public/process/get/${projectID}/${processID}`));
  const reach = (condition: (process: z.infer<typeof shown>) => void) =>
    vi.waitFor(async () => condition(await read()), { timeout: 60_000, interval: 200 });

  await update({ serviceType: 1 });
  const form = new FormData();
  for (const [field, value] of Object.entries({ projectID, processID })) form.append(field, value);
  form.append('file', new File(['wc -c <inputs/*; echo done >result; sleep 3'], 'run.sh'));
  await ask(token, 'POST /processes/public/uploadModel', form);
  await update({ serviceDetails: { inputs: [fileId], resources: { cpus: 1, memoryGiB: 1, hours: 1 } } });
  const [contractor] = contractors.parse(await ask(token, `GET /processes/public/getContractors/${processID}`));
  await update({ provisionalContractor: contractor?.hashedID });
  await ask(token, 'PATCH /processes/public/verifyProject', { ...ids, send: true });
  await reach(({ statusName }) => expect(statusName).toBe('REQUESTED'));
  await press(admin, 'CONFIRMED_BY_CONTRACTOR');
  await press(token, 'CONFIRMED_BY_CLIENT');
  await press(admin, 'PRODUCTION');
  await reach(({ serviceStatus }) => expect(serviceStatus).toBe(2));
  await press(admin, 'DELIVERY');
  await press(token, 'COMPLETED');
}

type Ask = (token: string | undefined, request: string, body?: object) => Promise<unknown>;

async function signIn(ask: Ask, { loginName: username, oneTimePassword }: Researcher): Promise<string> {
  const authenticate = async (password: string) =>
    z.object({ token: z.string() }).parse(await ask(undefined, 'POST /accounts/authenticate', { username, password }));
  const { token } = await authenticate(oneTimePassword);
  const newPassword = 'a rowing boat in the morning mist';
  await ask(token, `PUT /accounts/user/${username}/password`, { currentPassword: oneTimePassword, newPassword });
  return (await authenticate(newPassword)).token;
}
