import type { ProcessContext } from '../context.ts';
import { messageKey } from '../keys.ts';
import type { MessageRow } from '../rows.ts';
import { type Viewer, viewerId } from '../viewer.ts';
import type { Changes } from './request.ts';
import type { Working } from './working.ts';

/** Appends a line to the chat. Author and time are those of the request. */
export function applyMessage(
  { clock, tables }: ProcessContext,
  viewer: Viewer,
  working: Working,
  message: NonNullable<Changes['messages']>,
): void {
  const { projectID, processID } = working.row;
  const at = clock.now();
  const said = { text: message.text, userID: viewerId(viewer), userName: viewer.name };
  const data = { date: new Date(at).toISOString(), ...said, ...(message.origin && { origin: message.origin }) };
  working.append({ event: 'message sent', type: 'MESSAGE', key: 'messages', data }, (sequence) => {
    const Item: MessageRow = {
      ...messageKey(projectID, processID, sequence),
      processID,
      ...said,
      ...(message.origin && { origin: message.origin }),
      at,
    };
    return [{ Put: { TableName: tables.processes, Item } }];
  });
}
