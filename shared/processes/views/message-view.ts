import * as z from 'zod';
import { answerBytes } from '../../api/answer-size.ts';
import type { MessageRow } from '../rows.ts';
import { isoTime } from './times.ts';

/** A line of a chat in answers. */
export const messageView = z.object({
  date: z.iso.datetime(),
  userID: z.string(),
  userName: z.string(),
  text: z.string(),
  origin: z.string().optional(),
});

const viewMessage = ({ at, userID, userName, text, origin }: MessageRow): z.input<typeof messageView> => ({
  date: isoTime(at),
  userID,
  userName,
  text,
  ...(origin !== undefined && { origin }),
});

/** Most bytes of a chat in an answer: Lambda answers with at most 6 MB, and a process may have 3 MB of files beside it. */
const maxChatBytes = 1_000_000;

/** The newest lines of a chat that fit into an answer. All of them are in the history, which has pages. */
export function viewChat(messages: readonly MessageRow[]): z.input<typeof messageView>[] {
  const views = messages.map(viewMessage);
  let bytes = 0;
  const tooMany = views.findLastIndex((view) => {
    bytes += answerBytes(view);
    return bytes > maxChatBytes;
  });
  return views.slice(tooMany + 1);
}
