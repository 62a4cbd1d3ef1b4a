import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AccountRow } from '../../../shared/accounts/account.ts';
import type { FileRow } from '../../../shared/files/file.ts';
import { type FileToMove, filesToMove } from '../../../shared/files/files-to-move.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { readRows } from '../../../shared/files/rows.ts';
import type { HistoryEvent } from '../../../shared/history/history.ts';
import { readMessage } from '../../../shared/messages/read.ts';
import type { LineEntry, MessageRecord } from '../../../shared/messages/record.ts';
import type { IncidentRow } from '../../../shared/operations/incidents.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { Endpoints } from '../endpoints.ts';
import { region } from '../resources.ts';

/** Row type of each table. */
export interface Rows {
  projects: ProjectRow;
  users: UserRow;
  files: FileRow | ResultRow;
  messages: MessageRecord;
  lines: LineEntry;
  incidents: IncidentRow;
  history: HistoryEvent & { at: number };
  accounts: AccountRow;
  workspaces: { scope: string; item: string };
}

/** A running gateway's tables, to read. */
export type OpenedTables = ReturnType<typeof openTables>;

const maxTransfers = 100;

export function openTables({ credentials, dynamodb: { endpoint, tables } }: Endpoints) {
  const client = new DynamoDBClient({ endpoint, region, credentials });
  const db = DynamoDBDocumentClient.from(client);
  const nameOf = (table: keyof Rows) => tables[table] ?? table;

  return {
    rows: <Table extends keyof Rows>(table: Table) => scan<Rows[Table]>(db, nameOf(table)),

    message: (messageId: string) => readMessage({ db, tables: { messages: nameOf('messages') } }, messageId),

    /** The first of the files that are to be moved. */
    async filesToMove(): Promise<FileToMove[]> {
      const names = { lines: nameOf('lines'), files: nameOf('files'), messages: nameOf('messages') };
      return Array.fromAsync(filesToMove({ db, clock: systemClock, tables: names }, maxTransfers));
    },

    async file(fileId: string): Promise<Rows['files'] | undefined> {
      return (await readRows({ db, clock: systemClock, tables: { files: nameOf('files') } }, [fileId])).get(fileId);
    },

    async isEmpty(table: keyof Rows): Promise<boolean> {
      return (await scan(db, nameOf(table)).next()).done === true;
    },

    [Symbol.dispose]: () => client.destroy(),
  };
}
