import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { appendLine } from './append-line.ts';
import type { Actions } from './json-server.ts';

const text = z.object({ Data: z.string().max(1_000_000) });

const requestSchema = z.object({
  FromEmailAddress: z.email(),
  Destination: z.object({ ToAddresses: z.array(z.email()).min(1).max(50) }),
  Content: z.object({ Simple: z.object({ Subject: text, Body: z.object({ Text: text }) }) }),
});

/** Amazon SES's SendEmail, which sends nothing. @param file gets a line of JSON for each mail */
export const mailActions = (file: string): Actions => ({
  'POST /v2/email/outbound-emails': (input) => {
    const { FromEmailAddress: from, Destination, Content } = requestSchema.parse(input);
    const { Subject, Body } = Content.Simple;
    const mail = { at: Date.now(), from, to: Destination.ToAddresses, subject: Subject.Data, text: Body.Text.Data };
    appendLine(file, mail);
    return { MessageId: randomUUID() };
  },
});
