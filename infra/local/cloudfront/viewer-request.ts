import { createContext, Script } from 'node:vm';
import { z } from 'zod';

const requestSchema = z.object({ uri: z.string().startsWith('/') });

/** Milliseconds after which a function is ended: CloudFront allows less than one, but this machine may be busy. */
const timeout = 5_000;

/**
 * Runs a function of CloudFront, as its runtime does: with nothing but JavaScript.
 *
 * @returns the path that it makes of a request's path
 */
export function viewerRequest(source: string): (path: string) => string {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  new Script(source).runInContext(context, { timeout });
  return (uri) => {
    Object.assign(context, { event: JSON.stringify({ request: { uri } }) });
    const answer = new Script('JSON.stringify(handler(JSON.parse(event)))').runInContext(context, { timeout });
    return requestSchema.parse(JSON.parse(String(answer))).uri;
  };
}
