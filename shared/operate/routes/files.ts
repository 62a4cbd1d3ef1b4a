import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { filesToMove } from '../../files/files-to-move.ts';
import { readRows } from '../../files/rows.ts';
import { foldId } from '../../portal/id.ts';
import { omitUndefined } from '../../portal/json.ts';
import { explainFile } from '../explain/file.ts';
import { describeFile, fileStates, isMoving, type ShownFile, stateOf } from '../files/file-state.ts';
import { failedFiles, filesOfProject } from '../find/file-list.ts';
import { errorAnswer, idQuery, missing, operator, readRoute } from './context.ts';
import { next, pageOf, paging } from './paging.ts';
import { choiceShape, entryShape, entryView, fileShape, incidentShape, incidentView } from './views.ts';

const fileView = (shown: ShownFile, now: number) =>
  omitUndefined(describeFile(shown, now)) as z.infer<typeof fileShape>;

const list = readRoute({
  method: 'GET',
  path: '/operate/files',
  summary: 'Lists the delivered files and results of a project, by their ids',
  access: operator,
  query: z.object({
    project: z.string().meta({ examples: ['1001'] }),
    state: z
      .enum(fileStates)
      .optional()
      .meta({ examples: ['failed'] }),
    ...paging,
  }),
  answers: { 200: { description: 'A page of the list', body: z.object({ files: z.array(fileShape), next }) } },
  async handler({ query: { project, state, after, limit } }, context) {
    const now = context.clock.now();
    const { page, ...more } = await pageOf(
      filesOfProject(context, foldId(project), after),
      limit,
      ({ fileId }) => fileId,
      (file) => state === undefined || stateOf({ file }, now) === state,
    );
    return answer(200, { files: page.map((file) => fileView({ file }, now)), ...more });
  },
});

const read = readRoute({
  method: 'GET',
  path: '/operate/file',
  summary: 'Explains a file: who asked for it, how far it is, why it waits, what can be decided',
  access: operator,
  query: idQuery('5d10'),
  answers: {
    200: {
      description: 'The file',
      body: fileShape.extend({
        request: z.string(),
        standing: z.array(z.string()).readonly(),
        checksum: z.string().optional().describe('MD5 that DST announced'),
        messageId: z.string().optional().describe('of the message that delivered it'),
        dataDeliveryId: z.string().optional(),
        delivery: z.string().optional().describe('state of that message'),
        entries: z.array(entryShape).describe('messages about it that are not marked yet'),
        choices: z.array(choiceShape).readonly(),
        incident: incidentShape.optional().describe('its own, or the first of held messages about it'),
      }),
    },
    404: errorAnswer('No such file', 'There is no file 5d10'),
  },
  async handler({ query: { id } }, context) {
    const rows = await readRows(context, [id, foldId(id)]);
    const file = rows.get(id) ?? rows.get(foldId(id));
    if (!file) return missing(`file ${id}`);
    const { request, standing, messages, delivery, choices, incidents } = await explainFile(context, file);
    const [incident] = incidents;
    const { checksum, messageId, dataDeliveryId } = {
      checksum: undefined,
      messageId: undefined,
      dataDeliveryId: undefined,
      ...file,
    };
    return answer(200, {
      ...fileView({ file }, context.clock.now()),
      ...{ request, standing, entries: messages.map(entryView), choices },
      ...omitUndefined({ checksum, messageId, dataDeliveryId, delivery, incident: incident && incidentView(incident) }),
    });
  },
});

/** Most files to be moved that are looked at: a million may wait, and those being moved are among the first. */
const mostToMove = 1_000;

const transfers = readRoute({
  method: 'GET',
  path: '/operate/transfers',
  summary: 'Shows the files that are being moved, wait for it, or have failed',
  access: operator,
  answers: {
    200: {
      description: `The first ${mostToMove} files to be moved, in the order in which they were asked for`,
      body: z.object({
        moving: z.array(fileShape),
        waiting: z.array(fileShape),
        failed: z.array(fileShape).describe(`at most ${mostToMove}`),
        areMore: z.boolean().describe('whether more files wait than were looked at'),
      }),
    },
  },
  async handler(_request, context) {
    const now = context.clock.now();
    const [shown, failed] = await Promise.all([
      Array.fromAsync(filesToMove(context, mostToMove)),
      pageOf(failedFiles(context), mostToMove, ({ fileId }) => fileId),
    ]);
    const view = (each: ShownFile) => fileView(each, now);
    return answer(200, {
      moving: shown.filter((each) => isMoving(each, now)).map(view),
      waiting: shown.filter((each) => !isMoving(each, now)).map(view),
      failed: failed.page.map((file) => view({ file })),
      areMore: shown.length === mostToMove,
    });
  },
});

export const fileRoutes = [list, read, transfers];
