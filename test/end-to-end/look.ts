import { createHash } from 'node:crypto';
import { GetObjectCommand, ListMultipartUploadsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { Endpoints } from '../../infra/local/endpoints.ts';
import { region } from '../../infra/local/resources.ts';
import { openTables, type Rows } from '../../infra/local/start/tables.ts';

/** What a running gateway holds. */
export interface Look extends Disposable {
  rows<Table extends keyof Rows>(table: Table): Promise<Rows[Table][]>;
  /** Keys of all objects in a bucket, in order. */
  objects(bucket: 'files' | 'internal'): Promise<string[]>;
  /** MD5 of a file's bytes in lower-case hexadecimal. */
  md5Of(key: string): Promise<string>;
  /** Keys of unfinished uploads of files. */
  uploads(): Promise<string[]>;
}

export function lookInto(endpoints: Endpoints): Look {
  const { endpoint, buckets } = endpoints.s3;
  const tables = openTables(endpoints);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    rows: (table) => Array.fromAsync(tables.rows(table)),
    async objects(bucket) {
      const pages = await Array.fromAsync(paginateListObjectsV2({ client }, { Bucket: buckets[bucket] }));
      return pages.flatMap(({ Contents = [] }) => Contents.map(({ Key = '' }) => Key));
    },
    async md5Of(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: buckets.files, Key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return createHash('md5').update(bytes).digest('hex');
    },
    async uploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: buckets.files }));
      return Uploads.map(({ Key = '' }) => Key);
    },
    [Symbol.dispose]() {
      tables[Symbol.dispose]();
      client.destroy();
    },
  };
}
