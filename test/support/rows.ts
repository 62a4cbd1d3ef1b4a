import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountRow } from '../../shared/accounts/account.ts';
import type { HistoryEvent } from '../../shared/history/history.ts';
import type { LineEntry, MessageRecord, MessageState } from '../../shared/messages/record.ts';
import type { Incident } from '../../shared/operations/incidents.ts';
import { type Database, scan, updateExpression } from '../../shared/platform/dynamodb.ts';
import type { ProjectRow } from '../../shared/projects/project.ts';
import type { UserRow } from '../../shared/users/user.ts';
import { type Tables, tableNames } from './services.ts';

export type IncidentRow = Incident & { incidentId: string; count: number; state: string };
export type HistoryRow = HistoryEvent & { messageId: string; at: number };

/** Content of the tables. */
export class Rows {
  readonly #db: Database;
  readonly #tables: Tables;

  constructor(db: Database, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  all<Item = Record<string, unknown>>(table: keyof Tables): Promise<Item[]> {
    return Array.fromAsync(scan<Item>(this.#db, this.#tables[table]));
  }

  accounts = () => this.all<AccountRow>('accounts');
  users = () => this.all<UserRow>('users');
  projects = () => this.all<ProjectRow>('projects');
  incidents = () => this.all<IncidentRow>('incidents');

  /** In the order of the lines' keys. */
  async lines(): Promise<LineEntry[]> {
    const key = ({ line, position }: LineEntry) => `${line}\n${position}`;
    return (await this.all<LineEntry>('lines')).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  async message(messageId: string): Promise<MessageRecord> {
    const found = (await this.all<MessageRecord>('messages')).find((record) => record.messageId === messageId);
    if (!found) throw new Error(`no message ${messageId}`);
    return found;
  }

  async states(): Promise<Record<string, MessageState>> {
    const records = await this.all<MessageRecord>('messages');
    return Object.fromEntries(records.map(({ messageId, state }) => [messageId, state]));
  }

  async user(accessIdentifier: string): Promise<UserRow | undefined> {
    return (await this.users()).find((user) => user.accessIdentifier === accessIdentifier);
  }

  /** A subject's events in order. */
  async history(subject: string): Promise<HistoryRow[]> {
    const events = await this.all<HistoryRow>('history');
    return events.filter((event) => event.subject === subject).toSorted((a, b) => a.sequence - b.sequence);
  }

  /** Changes an item behind the gateway's back; `undefined` removes an attribute. */
  async change(table: keyof Tables, Key: Record<string, unknown>, changes: Record<string, unknown>): Promise<void> {
    await this.#db.send(new UpdateCommand({ TableName: this.#tables[table], Key, ...updateExpression(changes) }));
  }

  async delete(table: keyof Tables, Key: Record<string, unknown>): Promise<void> {
    await this.#db.send(new DeleteCommand({ TableName: this.#tables[table], Key }));
  }

  /** Everything in every table, as one text to search. */
  async text(): Promise<string> {
    return JSON.stringify(await Promise.all(tableNames.map((table) => this.all(table))));
  }
}
