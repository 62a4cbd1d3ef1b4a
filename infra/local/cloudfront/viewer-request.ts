import { createContext, Script } from 'node:vm';
import { z } from 'zod';

/** Part of a request that a function sees and may change. Cookies are apart from the headers, and left alone here. */
export interface ViewerRequest {
  /** Path without the query. */
  uri: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

const requestSchema = z.object({
  uri: z.string().startsWith('/'),
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.object({ value: z.string() })),
});

/** Milliseconds after which a function is ended: CloudFront allows less than one, but this machine may be busy. */
const timeout = 5_000;

/**
 * Runs a function of CloudFront, as its runtime does: with nothing but JavaScript.
 *
 * @returns what it makes of a request from an address
 */
export function viewerRequest(source: string): (request: ViewerRequest, address: string) => ViewerRequest {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  new Script(source).runInContext(context, { timeout });
  return ({ uri, headers }, ip) => {
    const request = { uri, headers: mapValues(headers, (value) => ({ value })) };
    Object.assign(context, { event: JSON.stringify({ viewer: { ip }, request }) });
    const answer = new Script('JSON.stringify(handler(JSON.parse(event)))').runInContext(context, { timeout });
    const made = requestSchema.parse(JSON.parse(String(answer)));
    return { uri: made.uri, headers: mapValues(made.headers, ({ value }) => value) };
  };
}

const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
