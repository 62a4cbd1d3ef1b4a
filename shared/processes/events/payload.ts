import * as z from 'zod';
import { laterNumber } from '../machine/status.ts';
import type { MissedEventRow } from '../rows.ts';

/** Changes of a process: 1 for a changed field, and the number of messages. */
const changedProcess = z.object({
  processID: z.string(),
  processStatus: z.int(),
  messages: z.int(),
  files: z.int().optional(),
  serviceType: z.int().optional(),
  serviceStatus: z.int().optional(),
});

const changedProjects = z.array(z.object({ projectID: z.string(), processes: z.array(changedProcess) }));

/** Events by project and process: the same when it is pushed as when it was missed. */
export const projectEvent = z.object({ eventType: z.literal('projectEvent'), events: changedProjects });

/** One thing that has happened, as clients of the later generation know it. */
export const processEvent = z.object({
  eventID: z.string(),
  eventType: z.literal('processEvent'),
  userHashedID: z.string(),
  eventData: z.object({
    primaryID: z.string().describe('Id of the project'),
    secondaryID: z.string().describe('Id of the process'),
    reason: z.string().describe('Field of the process that has changed'),
    content: z.string().describe('Text of a message, `file`, or the number of a status'),
    additionalInformation: z.object({}),
  }),
  createdWhen: z.iso.datetime(),
  triggerEvent: z.boolean(),
});

/** Fields of a process whose changes its parties are told of. */
const toldKeys: ReadonlySet<string> = new Set(['messages', 'files', 'serviceType', 'serviceStatus', 'processStatus']);

export const isTold = (key: unknown): key is string => typeof key === 'string' && toldKeys.has(key);

type Happened = Pick<MissedEventRow, 'projectID' | 'processID' | 'key'>;

/** Collects what has happened by project and process. */
export function projectEventOf(happened: readonly Happened[]): z.input<typeof projectEvent> {
  const events = [...Map.groupBy(happened, ({ projectID }) => projectID)].map(([projectID, ofProject]) => ({
    projectID,
    processes: [...Map.groupBy(ofProject, ({ processID }) => processID)].map(([processID, ofProcess]) => ({
      processID,
      ...countsOf(ofProcess),
    })),
  }));
  return { eventType: 'projectEvent', events };
}

function countsOf(happened: readonly Happened[]) {
  const has = (key: string) => (happened.some((one) => one.key === key) ? 1 : 0);
  const others = ['files', 'serviceType', 'serviceStatus'].flatMap((key) => (has(key) ? [[key, 1] as const] : []));
  return {
    processStatus: has('processStatus'),
    messages: happened.filter(({ key }) => key === 'messages').length,
    ...Object.fromEntries(others),
  };
}

/**
 * @param userID id of the account that is told
 * @param text of the message that the event is about, if it is still there
 */
export const processEventOf = (
  { item, projectID, processID, key, content, at }: Omit<MissedEventRow, 'scope' | 'by' | 'removeAt'>,
  userID: string,
  text = '',
): z.input<typeof processEvent> => ({
  eventID: Buffer.from(item).toString('base64url'),
  eventType: 'processEvent',
  userHashedID: userID,
  eventData: {
    ...{ primaryID: projectID, secondaryID: processID, reason: key, additionalInformation: {} },
    content: contentFor(key, content, text),
  },
  createdWhen: new Date(at).toISOString(),
  triggerEvent: true,
});

function contentFor(key: string, content: string, text: string): string {
  if (key === 'messages') return text;
  if (key === 'files') return 'file';
  return key === 'processStatus' && content !== '' ? String(laterNumber(Number(content))) : content;
}
