import * as z from 'zod';
import { TransientError } from '../../platform/errors.ts';

export interface GlobusOptions {
  /** Address of Globus Auth. */
  authUrl: string;
  /** Address of Globus Groups. */
  groupsUrl: string;
  clientId: string;
  /** Further clients whose tokens are accepted. */
  trustedClients: readonly string[];
  readSecret: () => Promise<string>;
}

/** A person, as Globus knows the person. */
export interface GlobusIdentity {
  /** Issuer and subject, which no other person ever has. */
  id: string;
  email: string;
  name: string;
}

/** @throws TransientError if Globus gives no answer that is known, or does not take the secret of the client */
export interface GlobusClient {
  /** Asks Globus about a token. @returns undefined for one that is not valid, or was issued to a client that is not trusted */
  identify(token: string): Promise<GlobusIdentity | undefined>;
  /** @returns ids of the groups that the owner of a token is a member of */
  groupsOf(token: string): Promise<string[]>;
}

/** Milliseconds for an answer. */
const timeout = 10_000;

/** Answer about a token (RFC 7662, with the claims of Globus Auth). */
const introspectionSchema = z.discriminatedUnion('active', [
  z.looseObject({ active: z.literal(false) }),
  z.looseObject({
    active: z.literal(true),
    client_id: z.string(),
    sub: z.string().regex(/^[\w.:-]{1,128}$/),
    email: z.string().max(256).nullish(),
    name: z.string().max(256).nullish(),
  }),
]);

const groupsSchema = z.array(z.looseObject({ id: z.string() })).max(10_000);

/** A client of Globus Auth and Globus Groups. */
export function createGlobusClient(options: GlobusOptions): GlobusClient {
  const { authUrl, groupsUrl, clientId, trustedClients, readSecret } = options;
  const issuer = new URL(authUrl).host;

  return {
    async identify(token) {
      const credentials = [clientId, await readSecret()].map(encodeURIComponent).join(':');
      const response = await ask(`${withoutSlash(authUrl)}/v2/oauth2/token/introspect`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
          accept: 'application/json',
        },
        body: new URLSearchParams({ token }),
      });
      const answer = await parse(response, introspectionSchema);
      // A token that its owner gave to another program is no sign-in here.
      if (!answer.active || ![clientId, ...trustedClients].includes(answer.client_id)) return undefined;
      const { sub, email, name } = answer;
      return { id: `${issuer}#${sub}`, email: email ?? '', name: name ?? '' };
    },
    async groupsOf(token) {
      const response = await ask(`${withoutSlash(groupsUrl)}/v2/groups/my_groups`, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      });
      // The token has no right to tell groups.
      if (response.status === 401 || response.status === 403) return [];
      return (await parse(response, groupsSchema)).map(({ id }) => id);
    },
  };
}

const withoutSlash = (url: string) => url.replace(/\/$/, '');

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeout) });
  } catch {
    throw new TransientError('Globus cannot be reached');
  }
}

async function parse<Answer>(response: Response, schema: z.ZodType<Answer>): Promise<Answer> {
  if (!response.ok) throw new TransientError(`Globus answered ${response.status}`);
  const { data } = schema.safeParse(await response.json().catch(() => undefined));
  if (data === undefined) throw new TransientError('Globus gave an answer that is not known');
  return data;
}
