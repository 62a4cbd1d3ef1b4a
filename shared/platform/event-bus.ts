import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { TransientError } from './errors.ts';

/** One event for the bus. */
export interface BusEntry {
  detailType: string;
  /** JSON. */
  detail: string;
  /** When it happened, in milliseconds since 1970. */
  time: number;
}

/** The destination of domain events. */
export interface EventBus {
  /**
   * @param entries at most ten
   * @returns for each entry the error of the bus, or undefined if accepted
   * @throws if the answer is missing or malformed, so that it is unknown which entries the bus accepted
   */
  putEvents(entries: readonly BusEntry[]): Promise<(string | undefined)[]>;
}

/** The source of all events of the gateway, for the patterns of rules. */
export const eventSource = 'dst-gateway';

/** @param busName name or ARN of a bus of EventBridge */
export function eventBridge(client: Pick<EventBridgeClient, 'send'>, busName: string): EventBus {
  return {
    async putEvents(entries) {
      const put = new PutEventsCommand({ Entries: entries.map((entry) => putEventsEntry(entry, busName)) });
      const { Entries: answers = [] } = await client.send(put);
      if (answers.length !== entries.length)
        throw new TransientError('EventBridge: PutEvents answered for another number of entries');
      return answers.map(({ ErrorCode, ErrorMessage }) => ErrorCode && `${ErrorCode}: ${ErrorMessage}`);
    },
  };
}

const putEventsEntry = ({ detailType, detail, time }: BusEntry, EventBusName: string) => ({
  EventBusName,
  Source: eventSource,
  DetailType: detailType,
  Detail: detail,
  Time: new Date(time),
});
