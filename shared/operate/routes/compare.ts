import * as z from 'zod';
import { answer, Refusal } from '../../api/answer.ts';
import { noteAction } from '../../decisions/audit.ts';
import { projectSubject } from '../../messages/subject.ts';
import { PortalError } from '../../portal/errors.ts';
import { confirmAtPortal, isProjectNumber, projectNumberRule } from '../confirm-project.ts';
import type { ComparingContext } from '../context.ts';
import type { ComparisonProgress } from '../reconcile/compare-all.ts';
import { comparePart } from '../reconcile/compare-part.ts';
import type { FoundDifference } from '../reconcile/comparisons.ts';
import { differenceKinds } from '../reconcile/differences.ts';
import { fixAction } from '../reconcile/fix.ts';
import { compareRoute, errorAnswer, operator } from './context.ts';
import { decide, decisionFields, note, orRefuse, refusedAnswer, reportAnswer, reportFields } from './decide.ts';
import { cursor } from './paging.ts';

const differenceShape = z.object({
  kind: z.enum(differenceKinds),
  subject: z.string().describe("a file's id, an object's key, or a message's id"),
  found: z.string(),
  canBeFixed: z.boolean(),
});

const scope = {
  project: z
    .string()
    .optional()
    .describe('only the files of this project')
    .meta({ examples: ['1001'] }),
  after: z
    .string()
    .optional()
    .describe('`next` of the part before')
    .meta({ examples: ['portal'] }),
};
const next = z.string().optional().describe('`after` of the next part; absent when all was compared');
const portalFault = errorAnswer('The portal gives no list', 'PortalError: GET /messages: 500');

const portalRefusal = ({ message }: PortalError) => new Refusal(answer(502, { error: `The portal: ${message}` }));

/** @throws Refusal with 400 for another `after`, 502 when the portal gives no list */
async function partOf(context: ComparingContext, { project, after }: z.infer<z.ZodObject<typeof scope>>) {
  const begun = cursor(after, readProgress);
  const { found, next } = await orPortalRefusal(() => comparePart(context, { project, after: begun }));
  return { found, ...(next && { next: textOf(next) }) };
}

const textOf = (progress: ComparisonProgress) =>
  'after' in progress ? `${progress.part}/${progress.after}` : progress.part;

function readProgress(text: string): ComparisonProgress | undefined {
  if (text === 'portal') return { part: 'portal' };
  const [, part, after] = /^(transfers|projects)\/(.+)$/s.exec(text) ?? [];
  if (after === undefined || (part !== 'transfers' && part !== 'projects')) return undefined;
  return { part, after };
}

const differences = compareRoute({
  method: 'GET',
  path: '/operate/differences',
  summary: "Compares the tables with the portal's list and with S3, part by part",
  access: operator,
  query: z.object(scope),
  answers: {
    200: {
      description: 'The differences of a part',
      body: z.object({ differences: z.array(differenceShape), next }),
    },
    502: portalFault,
  },
  async handler({ query }, context) {
    const { found, ...more } = await partOf(context, query);
    return answer(200, { differences: found.map(describe), ...more });
  },
});

const describe = ({ fix, ...difference }: FoundDifference) => ({ ...difference, canBeFixed: fix !== undefined });

const repair = compareRoute({
  method: 'POST',
  path: '/operate/differences/repair',
  summary: 'Compares a part anew, and fixes what can be fixed without harm',
  access: operator,
  body: z.object({ ...scope, ...decisionFields }).meta({ examples: [{ reason: 'rows were restored', dryRun: true }] }),
  answers: {
    200: {
      description: reportAnswer.description,
      body: z.object({ ...reportFields, differences: z.array(differenceShape), next }),
    },
    409: refusedAnswer,
    502: portalFault,
  },
  async handler(request, context) {
    const { found, ...more } = await partOf(context, request.body);
    const rest = { differences: found.map(describe), ...more };
    const fixable = found.filter(({ fix }) => fix !== undefined);
    if (fixable.length === 0) {
      return answer(200, { outcome: 'nothing-to-do', planned: [], completed: ['Nothing can be fixed here.'], ...rest });
    }
    const { body } = await decide(context, request, async () => fixAction(context, fixable));
    return answer(200, { outcome: 'done', planned: [], completed: [], ...body, ...rest });
  },
});

const confirm = compareRoute({
  method: 'POST',
  path: '/operate/project/confirm',
  summary: 'Confirms to DST that the centre has a contract for a project. Nobody can take that back here',
  access: operator,
  body: z
    .object({ projectNo: z.string().refine(isProjectNumber, projectNumberRule), ...decisionFields })
    .meta({ examples: [{ projectNo: '1001', reason: 'contract 17 is signed' }] }),
  answers: {
    200: {
      description: reportAnswer.description,
      body: z.object({ ...reportFields, confirmation: z.enum(['confirmed', 'already-confirmed']).optional() }),
    },
    409: refusedAnswer,
    502: portalFault,
  },
  async handler(request, context) {
    const { projectNo, dryRun } = request.body;
    const planned = [
      `The gateway will confirm to DST that the centre has a contract for project ${projectNo}.`,
      'The researcher may create it here from then on, and nobody can take that back here.',
    ];
    if (dryRun) return answer(200, { outcome: 'dry-run', planned, completed: [] });
    const confirmation = await orRefuse(() => orPortalRefusal(() => confirmAtPortal(context.portal, projectNo)));
    const details = confirmation === 'confirmed' ? {} : { outcome: confirmation };
    const subject = projectSubject(projectNo);
    await note(context, request, noteAction(context, { subject, projectNo, event: 'confirmed', details }));
    const completed =
      confirmation === 'confirmed'
        ? `Project ${projectNo} is confirmed.`
        : `Project ${projectNo} was confirmed already: nothing changed at DST.`;
    return answer(200, { outcome: 'done', planned, completed: [completed], confirmation });
  },
});

async function orPortalRefusal<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PortalError) throw portalRefusal(error);
    throw error;
  }
}

export const comparisons = [differences, repair, confirm];
