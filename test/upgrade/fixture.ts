import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { type Step, steps } from '../files/transfer-gateway.ts';

const row = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof row>;

/** Kinds of what is kept, a file for each; in it a line of JSON for each thing. */
const kinds = {
  /** Items, as the tables have them. */
  items: z.object({ table: z.string(), item: row }),
  /** Objects; `gzip` has, in base64, what is long. */
  objects: z.object({
    key: z.string(),
    metadata: z.record(z.string(), z.string()),
    text: z.string().optional(),
    gzip: z.string().optional(),
    /** Id of a delivered file, whose content the portal has. */
    fileId: z.string().optional(),
  }),
  /** Uploads that are not complete, by the sizes of their parts. */
  uploads: z.object({ key: z.string(), uploadId: z.string(), fileId: z.string(), parts: z.array(z.number()) }),
  /** Messages in the queues of the message types. */
  queues: z.object({ type: z.string(), body: z.string() }),
  /** Executions before their next step, with what the last one handed on. */
  executions: z.object({ step: z.enum(steps), state: row }),
  /** The portal's list, as text. */
  listed: z.object({ text: z.string().optional(), gzip: z.string().optional() }),
  /** The files that the portal has. */
  files: z.object({ fileId: z.string(), size: z.number() }),
  /** Result of the version itself from there. */
  end: z.object({ of: z.string(), is: z.unknown() }),
} as const;

type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

/** A gateway that was stopped in the middle of everything. */
export type Fixture = { [Name in Kind]: z.infer<(typeof kinds)[Name]>[] } & {
  /** When it was stopped, in milliseconds since 1970. */
  at: number;
};

export interface InFlight {
  step: Step;
  state: Row;
}

const clock = z.object({ at: z.number() });

const folder = (version: string) => join(import.meta.dirname, 'fixtures', version);

export function readFixture(version: string): Fixture {
  const read = <Line>(name: string, schema: z.ZodType<Line>) =>
    readFileSync(join(folder(version), `${name}.jsonl`), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => schema.parse(JSON.parse(line)));
  return {
    at: read('clock', clock)[0]?.at ?? 0,
    items: read('items', kinds.items),
    objects: read('objects', kinds.objects),
    uploads: read('uploads', kinds.uploads),
    queues: read('queues', kinds.queues),
    executions: read('executions', kinds.executions),
    listed: read('listed', kinds.listed),
    files: read('files', kinds.files),
    end: read('end', kinds.end),
  };
}

export function writeFixture(version: string, fixture: Fixture): void {
  mkdirSync(folder(version), { recursive: true });
  const write = (name: string, lines: readonly object[]) =>
    writeFileSync(join(folder(version), `${name}.jsonl`), lines.map((line) => `${sorted(line)}\n`).join(''));
  write('clock', [{ at: fixture.at }]);
  for (const name of names) write(name, fixture[name]);
}

/** JSON whose attributes are in an order of their own: a line differs only where its values do. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

const longestText = 1_000;

/** How the content of an object is kept. */
export const contentOf = (bytes: Buffer): { text: string } | { gzip: string } =>
  bytes.length > longestText ? { gzip: gzipSync(bytes).toString('base64') } : { text: bytes.toString() };

export const bytesOf = ({ text, gzip }: Fixture['listed'][number]): Buffer =>
  gzip === undefined ? Buffer.from(text ?? '') : gunzipSync(Buffer.from(gzip, 'base64'));
