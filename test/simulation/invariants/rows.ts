import { accountSubject } from '../../../shared/accounts/history.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';

export interface HistoryItem {
  subject: string;
  sequence: number;
  event: string;
  messageId?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** Actions of the centre's people and systems in the history. */
const byCentre = ['paused', 'resumed', 'approved', 'retried', 'dismissed', 'incident dismissed', 'password taken'];

/** An account's own history has nothing else: what messages do to the account of an access stands in the access's history. */
export const isByCentre = ({ subject, event }: HistoryItem) =>
  byCentre.includes(event) || subject.startsWith(accountSubject(''));

/** An item of a table, as the gateway's code writes it. */
export const rowOf = <Row>(item: Item | undefined) => item as Row | undefined;

export const rows = <Row>({ dynamodb }: World, table: string) => dynamodb.items(table) as Row[];
