import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Endpoints } from '../../infra/local/endpoints.ts';
import { region } from '../../infra/local/resources.ts';
import { openTables, type Rows } from '../../infra/local/start/tables.ts';
import { base64Crc } from '../../shared/files/copy/upload.ts';

export interface Sums {
  md5: string;
  crc32: string;
}

/** State of a running gateway. */
export interface Look extends Disposable {
  rows<Table extends keyof Rows>(table: Table): Promise<Rows[Table][]>;
  /** Keys of all objects in a bucket, in order. */
  objects(bucket: 'files' | 'internal'): Promise<string[]>;
  /** MD5 of a file's bytes in lower-case hexadecimal. */
  md5Of(key: string): Promise<string>;
  /** MD5 and CRC32 (base64) of a file's bytes, and those that are kept with the object. */
  sumsOf(key: string): Promise<{ read: Sums; kept: Partial<Sums> }>;
  /** Keys of unfinished uploads of files. */
  uploads(): Promise<string[]>;
}

export function lookInto(endpoints: Endpoints): Look {
  const { endpoint, buckets } = endpoints.s3;
  const { credentials } = endpoints;
  const tables = openTables(endpoints);
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });

  async function sumsOf(Key: string): Promise<{ read: Sums; kept: Partial<Sums> }> {
    const target = { Bucket: buckets.files, Key };
    const head = await client.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    const { Body } = await client.send(new GetObjectCommand(target));
    const md5 = createHash('md5');
    let crc = 0;
    for await (const bytes of Body instanceof Readable ? Body : []) {
      md5.update(bytes);
      crc = crc32(bytes, crc);
    }
    return {
      read: { md5: md5.digest('hex'), crc32: base64Crc(crc) },
      kept: {
        ...(head.Metadata?.md5 && { md5: head.Metadata.md5 }),
        ...(head.ChecksumCRC32 && { crc32: head.ChecksumCRC32 }),
      },
    };
  }

  return {
    rows: (table) => Array.fromAsync(tables.rows(table)),
    async objects(bucket) {
      const pages = await Array.fromAsync(paginateListObjectsV2({ client }, { Bucket: buckets[bucket] }));
      return pages.flatMap(({ Contents = [] }) => Contents.map(({ Key = '' }) => Key));
    },
    md5Of: async (key) => (await sumsOf(key)).read.md5,
    sumsOf,
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
