import type { ProcessContext } from '../context.ts';
import { messageKey } from '../keys.ts';
import type { Side } from '../machine/transitions.ts';
import { messageReminder } from '../mail/reminders.ts';
import type { Parties } from '../parties.ts';
import type { MessageRow } from '../rows.ts';
import { type Viewer, viewerId } from '../viewer.ts';
import type { RequestedChanges } from './request.ts';
import type { Working } from './working.ts';

/** Appends a line to the chat. Author and time are those of the request. */
export function applyMessage(
  { clock, tables, mail }: ProcessContext,
  { viewer, parties }: { viewer: Viewer; parties: Parties },
  working: Working,
  message: NonNullable<RequestedChanges['messages']>,
): void {
  const { projectID, processID } = working.row;
  const at = clock.now();
  const said = { text: message.text, userID: viewerId(viewer), userName: viewer.name };
  const data = { date: new Date(at).toISOString(), ...said, ...(message.origin && { origin: message.origin }) };
  const { contractor } = working.row;
  const isFrom = (side: Side) => parties.has(side) && parties.size === 1;
  const to = isFrom('client') && contractor ? 'contractor' : isFrom('contractor') ? 'client' : undefined;
  if (to) {
    working.remind((sequence) => messageReminder(mail, to, messageKey(projectID, processID, sequence).item));
  }
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
