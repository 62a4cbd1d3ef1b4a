import { S3Client } from '@aws-sdk/client-s3';
import { noteServerTime } from '../../shared/platform/server-time.ts';

interface Answer {
  output: object;
  response: { headers: { date: string } };
}
type Handler = (args: object) => Promise<Answer>;
type Middleware = (next: Handler) => Handler;

const added: Middleware[] = [];
const stack = { add: (middleware: Middleware) => void added.push(middleware) };
noteServerTime(Object.assign(Object.create(S3Client.prototype), { middlewareStack: stack }));

/** Has the gateway's own client note when S3 gave an answer. @param at in milliseconds since 1970 */
export function tellServerTime(output: object, at: number): void {
  const answer = { output, response: { headers: { date: new Date(at).toUTCString() } } };
  for (const middleware of added) void middleware(async () => answer)({});
}
