import type { Status } from '../machine/status.ts';
import type { Side } from '../machine/transitions.ts';
import { waitsFor } from '../machine/waits-for.ts';
import type { NewWork } from '../work.ts';
import type { Mail } from './mail.ts';

/** Milliseconds for which something waits before a mail says so. */
const patience = 24 * 3_600_000;

/** The work that tells a party, should its step not be made in a day. @param sequence of the step in the history */
export const stepReminders = (mail: Mail | undefined, to: Status, sequence: number): NewWork[] =>
  mail
    ? waitsFor(to).map((side) => {
        const data = { side, status: to, since: String(sequence) };
        return { kind: 'remind', part: side, data, after: patience };
      })
    : [];

/** The work that tells a party, should a message to it have no answer in a day. @param message item of the message */
export const messageReminder = (mail: Mail | undefined, side: Side, message: string): NewWork[] =>
  mail ? [{ kind: 'remind', data: { side, message }, after: patience }] : [];
