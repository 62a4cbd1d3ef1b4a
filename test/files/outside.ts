import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDatabase, createS3, createSfn, createSqs } from '../../shared/platform/clients.ts';
import { createPortal, type Portal, type PortalOptions } from '../../shared/portal/client.ts';
import { createTablesOnUse } from '../support/lazy-tables.ts';
import type { Crashes } from './crashes.ts';

/** The gateway's own clients of everything outside of it; any call can be the last of its process. */
export interface Outside {
  db: DynamoDBDocumentClient;
  s3: S3Client;
  sfn: SFNClient;
  sqs: SQSClient;
  portal: Portal;
}

export function connect(crashes: Crashes, portal: PortalOptions): Outside {
  const clients = { db: createDatabase(), s3: createS3(), sfn: createSfn(), sqs: createSqs() };
  createTablesOnUse(clients.db);
  const once = { step: 'initialize', name: 'crashes', override: true } as const;
  const named = ({ commandName = '' }: { commandName?: string }) => commandName;
  clients.db.middlewareStack.add((go, context) => (args) => crashes.around(named(context), () => go(args)), once);
  clients.s3.middlewareStack.add((go, context) => (args) => crashes.around(named(context), () => go(args)), once);
  clients.sfn.middlewareStack.add((go, context) => (args) => crashes.around(named(context), () => go(args)), once);
  clients.sqs.middlewareStack.add((go, context) => (args) => crashes.around(named(context), () => go(args)), once);
  return { ...clients, portal: watched(crashes, createPortal(portal)) };
}

function watched(crashes: Crashes, portal: Portal): Portal {
  return {
    ...portal,
    markMessage: (...given) => crashes.around('PATCH /messages/{id}', () => portal.markMessage(...given)),
    downloadFile: (...given) => crashes.around('GET /data/{fileId}', () => portal.downloadFile(...given)),
    returnFile: (...given) => crashes.around('POST /data/{fileId}', () => portal.returnFile(...given)),
    sendFile: (...given) => crashes.around('POST /data/project', () => portal.sendFile(...given)),
    sendLargeFile: (...given) => crashes.around('POST /data/project/file', () => portal.sendLargeFile(...given)),
    returnLargeFile: (...given) => crashes.around('POST /data/large-file', () => portal.returnLargeFile(...given)),
  };
}
