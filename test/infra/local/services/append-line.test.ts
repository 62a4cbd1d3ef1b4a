import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventBusActions } from '../../../../infra/local/services/event-bus.ts';
import { mailActions } from '../../../../infra/local/services/mail.ts';
import { useTemporaryDirectories } from '../local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

const linesOf = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

const event = (number: number) => ({
  Entries: [{ EventBusName: 'bus', Source: 'dst-gateway', DetailType: 'stored', Detail: JSON.stringify({ number }) }],
});
const mail = (number: number) => ({
  FromEmailAddress: 'gateway@centre.example',
  Destination: { ToAddresses: ['ann@centre.example'] },
  Content: { Simple: { Subject: { Data: `${number}` }, Body: { Text: { Data: 'Grüße' } } } },
});

const files = [
  {
    what: 'events',
    write: (file: string) => eventBusActions([{ id: 'bus', properties: {} }], file, () => {})['AWSEvents.PutEvents'],
    request: event,
    line: (number: number) => ({ detail: { number } }),
  },
  {
    what: 'mails',
    write: (file: string) => mailActions(file)['POST /v2/email/outbound-emails'],
    request: mail,
    line: (number: number) => ({ subject: `${number}` }),
  },
];

describe.each(files)('the file of $what', ({ write, request, line }) => {
  it.each(['{"version":"0","id":"7', '{', 'ü'.repeat(200_000)])(
    'loses the line that a full disk or a kill cut off, and no other: %#',
    async (cutOff) => {
      const file = join(temporaryDirectory(), 'lines.jsonl');
      const first = write(file);
      await first?.(request(1));
      await first?.(request(2));
      appendFileSync(file, cutOff);
      await first?.(request(3));
      appendFileSync(file, cutOff);
      await write(file)?.(request(4));
      expect(linesOf(file)).toMatchObject([line(1), line(2), line(3), line(4)]);
    },
  );

  it('may have nothing but a line that was cut off', async () => {
    const file = join(temporaryDirectory(), 'lines.jsonl');
    writeFileSync(file, '{"ver');
    await write(file)?.(request(1));
    expect(linesOf(file)).toMatchObject([line(1)]);
  });
});
