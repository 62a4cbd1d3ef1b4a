import type { Item } from '../expressions.ts';
import { canonicalText } from '../ids.ts';
import type { World } from '../world.ts';

export interface HistoryItem {
  subject: string;
  sequence: number;
  event: string;
  messageId?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** What is in the history of what the centre's people and systems did. */
const byCentre = ['paused', 'resumed', 'released', 'retried', 'dismissed', 'incident dismissed', 'password taken'];

export const isByCentre = ({ event }: HistoryItem) => byCentre.includes(event);

/** What a table has, with ids as `canonicalId` spells them. */
export function rows<Row>({ dynamodb, kinds }: World, table: string): Row[] {
  const items = dynamodb.items(table);
  return (kinds.has('letter case') ? items.map(canonicalItem) : items) as Row[];
}

/** Attributes that are ids, or have one in them. */
const named = ['messageId', 'accessIdentifier', 'fileId', 'subject', 'member', 'passwordMessageId', 'line'];

export function canonicalItem(item: Item): Item {
  const changed = named.flatMap((name) => {
    const value = item[name];
    return typeof value === 'string' ? [[name, canonicalText(value)]] : [];
  });
  return { ...item, ...Object.fromEntries(changed) };
}
