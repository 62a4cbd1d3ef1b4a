import * as z from 'zod';
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

export const viewMessage = ({ at, userID, userName, text, origin }: MessageRow): z.input<typeof messageView> => ({
  date: isoTime(at),
  userID,
  userName,
  text,
  ...(origin !== undefined && { origin }),
});
