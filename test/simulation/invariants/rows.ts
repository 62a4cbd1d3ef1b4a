import type { World } from '../world.ts';

export type HistoryItem = { subject: string; sequence: number; event: string; messageId?: string | undefined };

export const rows = <Row>({ dynamodb }: World, table: string) => dynamodb.items(table) as Row[];
