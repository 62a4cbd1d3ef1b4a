import { describe, expect, it } from 'vitest';
import { messageStates } from '../../infra/console/src/api/operate-shapes.ts';
import { da } from '../../infra/console/src/texts/da/da.ts';
import { translate } from '../../infra/console/src/texts/da/server-texts.ts';
import type { LineEntry, MessageRecord, MessageState } from '../../shared/messages/record.ts';
import { requestOf } from '../../shared/operate/explain/message-request.ts';
import { type WaitingFacts, waitingReasonsOf } from '../../shared/operate/explain/waiting-reasons.ts';
import type { MessageContent } from '../../shared/portal/message-schema.ts';

const now = 1_000_000;

const file = { fileId: 'f', fileSize: 1, fileChecksum: 'c'.repeat(32) };
const [projectNo, accessIdentifier, fileId] = ['p', 'a', 'f'];
const requests: MessageContent[] = [
  { type: 'CreateProject', data: { projectNo } },
  { type: 'DeleteProject', data: { projectNo } },
  { type: 'CreateProjectAccess', data: { projectNo, accessIdentifier } },
  { type: 'DeleteProjectAccess', data: { accessIdentifier } },
  { type: 'DisableProjectAccess', data: { accessIdentifier } },
  { type: 'EnableProjectAccess', data: { accessIdentifier } },
  { type: 'ResetPassword', data: { accessIdentifier } },
  { type: 'DataDeliveryReady', data: { projectNo, files: [file] } },
  { type: 'DataDeliveryReady', data: { projectNo, dataDeliveryId: 'd', files: [file] } },
  { type: 'DataDeliveryReady', data: { projectNo, files: [file, file] } },
  { type: 'DataDeliveryReady', data: { projectNo, dataDeliveryId: 'd', files: [file, file] } },
  { type: 'DeleteDataFile', data: { fileId } },
  { type: 'ReturnDataFile', data: { fileId } },
];

const recordIn = (state: MessageState, more: Partial<MessageRecord>): MessageRecord => ({
  ...{ messageId: 'm-9', type: 'CreateProjectAccess', contentHash: '', line: 'p', position: 'm-9', state, version: 1 },
  ...{ attempts: 1, dueAt: 0, receivedAt: 0, ...more },
});

const entry = (messageId: string, line: string, more: Partial<LineEntry> = {}): LineEntry => ({
  ...{ line, position: messageId, messageId, type: 'CreateProjectAccess', state: 'held', contentHash: '', ...more },
});

/** A message in all situations that its state may have a sentence about. */
function situations(state: MessageState): WaitingFacts[] {
  const facts = (more: Partial<MessageRecord>, others: readonly LineEntry[] = [], paused = false): WaitingFacts => {
    const record = recordIn(state, more);
    const follows = others
      .filter(({ line }) => line !== 'p')
      .map(({ line, position, messageId }) => ({ line, position, messageId }));
    return {
      record,
      entries: [...others, entry('m-9', 'p', { state, position: 'm-9', follows })],
      incidents: [],
      paused,
    };
  };
  const [before, second, elsewhere] = [
    entry('m-1', 'p'),
    entry('m-2', 'p'),
    entry('m-3', 'q', { state: 'open', followedBy: ['p'] }),
  ];
  return [
    facts({}),
    facts({}, [], true),
    facts({ leaseUntil: now + 1, lastError: 'status 500' }),
    facts({ dueAt: now + 90_000 }),
    facts({ type: 'DataDeliveryReady', filesLeft: 2, markRefusals: 3, idReused: true }),
    facts({ type: 'DeleteProjectAccess', revokedUser: { userId: 1, projectNo: 'p' } }),
    ...[
      [before],
      [before, second],
      [elsewhere],
      [elsewhere, entry('m-4', 'q', { state: 'open', followedBy: ['p'] })],
    ].map((others) => facts({}, others)),
  ];
}

describe('an explanation is in Danish', () => {
  it.each(requests.map((content) => [requestOf(content)]))('%s', (request) => {
    expect(translate(request)).not.toMatch(/DST wants|undefined/);
  });

  it.each(messageStates.map((state) => [state]))('why a message that is %s waits', (state) => {
    const sentences = new Set(situations(state).flatMap((facts) => waitingReasonsOf(facts, now)));
    expect(sentences.size).toBeGreaterThan(1);
    expect([...sentences].filter((sentence) => translate(sentence) === undefined)).toEqual([]);
  });

  it.each([
    'File f will be fetched from DST again, with all attempts. Its object in S3 stays as it is until the right one takes its place.',
    'Return m will go on when the file is stored.',
    'File f is being fetched already',
    'File f is being deleted',
  ])('of a damaged file: %s', (sentence) => {
    expect(translate(sentence)).toMatch(/^(Fil f|Returnering m) /);
  });

  it('of a message that has many incidents', () => {
    expect(translate('1091 more incidents are open.')).toBe('1091 hændelser mere er åbne.');
  });

  it('takes names as they are, and the project apart from the delivery', () => {
    expect(translate('DST wants 2 files to be fetched for project 1, delivery d.')).toBe(
      'DST vil have 2 filer hentet til projekt 1, leverance d.',
    );
    const waits = situations('open')
      .flatMap((facts) => waitingReasonsOf(facts, now))
      .filter((text) => /^It waits/.test(text));
    expect(waits.map(translate)).toEqual([
      'Den venter på CreateProjectAccess m-1 (venter på en person), som står før den i køen.',
      'Den venter på CreateProjectAccess m-1 (venter på en person), som står før den i køen, og på 1 til.',
      'Den venter på CreateProjectAccess m-3 (åben) i køen q.',
      'Den venter på CreateProjectAccess m-3 (åben) i køen q og på 1 til.',
    ]);
  });

  it.each(messageStates.map((state) => [state]))('with the word for a message that is %s', (state) => {
    const word = da.operate.messageStates[state];
    const texts = [
      `Message m is ${state}, not held: there is nothing to try again`,
      `Message m is ${state}: it is in no queue`,
      `Message m is ${state}; it does not wait for approval`,
      `CreateProject m goes on from where it was held (${state}).`,
    ];
    for (const text of texts) expect(translate(text)).toContain(`(${word})`);
  });

  it('takes a state that it does not know as it is', () => {
    expect(translate('Message m is new, not held: there is nothing to try again')).toContain('(new)');
  });
});
