import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { createSes } from '../../platform/clients.ts';
import { configuration } from '../../platform/configuration.ts';
import type { Mail } from './mail.ts';

/** Mail by Amazon SES, as the settings want it; undefined where they want none. */
export function mailFromEnvironment(): Mail | undefined {
  const { MAIL_SENDER: sender, MAIL_LINK: link } = configuration(['MAIL_SENDER', 'MAIL_LINK']);
  if (sender === '') return undefined;
  const ses = createSes();
  return {
    link,
    async send(address, subject, text) {
      await ses.send(
        new SendEmailCommand({
          FromEmailAddress: sender,
          Destination: { ToAddresses: [address] },
          Content: {
            Simple: {
              Subject: { Data: subject, Charset: 'UTF-8' },
              Body: { Text: { Data: text, Charset: 'UTF-8' } },
            },
          },
        }),
      );
    },
  };
}
