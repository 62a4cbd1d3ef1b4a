import type { World } from '../world.ts';

export interface HistoryItem {
  subject: string;
  sequence: number;
  event: string;
  messageId?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** What is in the history of what people did. */
const byPeople = ['paused', 'resumed', 'released', 'retried', 'dismissed', 'incident dismissed'];

export const isByPeople = ({ event }: HistoryItem) => byPeople.includes(event);

export const rows = <Row>({ dynamodb }: World, table: string) => dynamodb.items(table) as Row[];
