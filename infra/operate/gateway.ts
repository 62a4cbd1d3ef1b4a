import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Database } from '../../shared/platform/dynamodb.ts';
import { type Clock, systemClock } from '../../shared/platform/time.ts';
import { nameOf, type Parts, reach } from './find-parts.ts';

/** A gateway's tables and files, as a command works with them. */
export interface Gateway {
  db: Database;
  s3: S3Client;
  clock: Clock;
  tables: Record<'projects' | 'members' | 'messages' | 'lines' | 'files' | 'incidents', string>;
  /** The bucket of the files. */
  bucket: string;
}

/** Milliseconds; a file of any size may take as long as it likes while bytes come. */
const patience = { connectionTimeout: 5_000, socketTimeout: 60_000 };

/** @throws ConfigurationError naming what the stack lacks */
export function openGateway({ tables, buckets, endpoints }: Parts): Gateway {
  const table = (name: string) => nameOf(tables, name);
  const s3 = new S3Client({
    ...reach(endpoints.s3),
    requestHandler: patience,
    maxAttempts: 5,
    // The name of a bucket is no host at an endpoint of one's own.
    forcePathStyle: Boolean(endpoints.s3 ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    // verify-file compares for itself, and goes on where a connection broke.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return {
    db: DynamoDBDocumentClient.from(new DynamoDBClient({ ...reach(endpoints.dynamodb), maxAttempts: 5 })),
    s3,
    clock: systemClock,
    tables: {
      projects: table('projects'),
      members: table('members'),
      messages: table('messages'),
      lines: table('lines'),
      files: table('files'),
      incidents: table('incidents'),
    },
    bucket: nameOf(buckets, 'files'),
  };
}
