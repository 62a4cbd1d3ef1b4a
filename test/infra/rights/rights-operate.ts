import { z } from 'zod';

const reason = 'to see what it needs';
const kinds = ['messages', 'incidents', 'projects', 'users'] as const;
const lists = z.object({
  messages: z.array(z.object({ messageId: z.string() })).default([]),
  incidents: z.array(z.object({ incidentId: z.string() })).default([]),
  projects: z.array(z.object({ projectNo: z.string() })).default([]),
  users: z.array(z.object({ accessIdentifier: z.string() })).default([]),
});

/**
 * Sends requests to the routes of operators that need all that their functions may do, as far as the day has what they decide.
 *
 * @param token of an operator
 */
export async function playOperators(url: string, token: string): Promise<void> {
  const ask = async (request: string, body?: object): Promise<unknown> => {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`${url.replace(/\/$/, '')}/operate/${path}`, {
      method,
      headers: { token, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (![200, 202, 404, 409].includes(response.status)) throw new Error(`${request}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await ask('GET status');
  await ask('GET lines');
  await ask('GET transfers');
  for (const kind of kinds) {
    const found = lists.parse(
      await ask(`GET ${kind}?state=${kind === 'incidents' ? 'all' : ''}`.replace(/\?state=$/, '')),
    );
    const ids = [
      ...found.messages.map(({ messageId }) => messageId),
      ...found.incidents.map(({ incidentId }) => incidentId),
      ...found.projects.map(({ projectNo }) => projectNo),
      ...found.users.map(({ accessIdentifier }) => accessIdentifier),
    ];
    const one = kind.slice(0, -1);
    for (const id of ids.slice(0, 30)) await ask(`GET ${one}?id=${encodeURIComponent(id)}`);
    if (kind === 'projects') {
      for (const id of ids) {
        for (const list of ['messages', 'files', 'users']) await ask(`GET ${list}?project=${encodeURIComponent(id)}`);
        await ask(`GET history?subject=${encodeURIComponent(`project#${id}`)}`);
      }
    }
    for (const incidentId of found.incidents.slice(0, 5).map((each) => each.incidentId)) {
      await ask('POST incident/dismiss', { incidentId, reason });
    }
  }
  await ask('GET history?subject=gateway');
  await ask('GET file?id=none');
  await ask('POST pause', { reason });
  await ask('POST resume', { reason });
  await ask('POST poll');
  await ask('POST queue/redrive', { queue: 'CreateProject', reason });
  await ask('POST project/confirm', { projectNo: '7', reason });
  for (let after: unknown = ''; typeof after === 'string'; ) {
    const query = after === '' ? '' : `?after=${encodeURIComponent(after)}`;
    after = z.object({ next: z.unknown().optional() }).parse(await ask(`GET differences${query}`)).next;
  }
}
