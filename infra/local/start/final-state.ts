import { createHash } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { outboxPrefix, projectPrefix } from '../../../shared/files/object-key.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import type { Endpoints } from '../endpoints.ts';
import type { SimulatorSnapshot } from '../portal/simulator.ts';
import { openS3 } from './results.ts';
import type { OpenedTables, Rows } from './tables.ts';

/** The state at the end of a scenario. */
export interface FinalState {
  projects: Rows['projects'][];
  users: Rows['users'][];
  files: Rows['files'][];
  incidents: Rows['incidents'][];
  /** Messages that are not marked according to the tables. */
  unmarked: Rows['messages'][];
  /** MD5 in hexadecimal of the objects below the prefixes of the scenario's projects, and of results not sent yet, by key. */
  objects: Map<string, string>;
  portal: Pick<SimulatorSnapshot, 'messages' | 'credentials' | 'received' | 'violations'>;
}

/**
 * Reads everything that the scenario's projects have in the tables and in S3.
 * @param since start of the scenario, in milliseconds since 1970
 */
export async function readFinalState(
  tables: OpenedTables,
  endpoints: Endpoints,
  portal: FinalState['portal'],
  projects: ReadonlySet<string>,
  since: number,
): Promise<FinalState> {
  const of = async <Row extends { projectNo: string }>(rows: AsyncIterable<Row>) =>
    (await Array.fromAsync(rows)).filter(({ projectNo }) => projects.has(projectNo));
  const [messages, incidents] = await Promise.all([
    Array.fromAsync(tables.rows('messages')),
    Array.fromAsync(tables.rows('incidents')),
  ]);
  return {
    projects: await of(tables.rows('projects')),
    users: await of(tables.rows('users')),
    files: await of(tables.rows('files')),
    incidents: incidents.filter(({ lastSeenAt }) => lastSeenAt >= since),
    unmarked: messages.filter(({ state }) => state !== 'marked'),
    objects: await readObjects(endpoints, projects),
    portal,
  };
}

async function readObjects(endpoints: Endpoints, projects: ReadonlySet<string>): Promise<Map<string, string>> {
  const { buckets } = endpoints.s3;
  if (!buckets.files) throw new PermanentError('The stack has no bucket files');
  const client = openS3(endpoints);
  try {
    const sums = new Map<string, string>();
    for (const Prefix of [...projects].flatMap((project) => [projectPrefix(project), outboxPrefix(project)])) {
      const target = { Bucket: buckets.files, Prefix };
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, target)) {
        for (const { Key = '' } of Contents) sums.set(Key, await md5Of(client, buckets.files, Key));
      }
    }
    return sums;
  } finally {
    client.destroy();
  }
}

async function md5Of(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const hash = createHash('md5');
  if (Body) await Body.transformToWebStream().pipeTo(new WritableStream({ write: (chunk) => void hash.update(chunk) }));
  return hash.digest('hex');
}
