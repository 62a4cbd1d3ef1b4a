import * as z from 'zod';
import { jobNotFound } from '../errors.ts';
import { readJob } from '../find.ts';
import { readJobLog } from '../job-log.ts';
import { account, idOf, idParameters, okAnswerWith, okWith, readViewer, refusalAnswer, route } from './context.ts';

/** Most bytes of each stream in an answer: two of them stay below the 6 MB of Lambda (AWS Lambda developer guide, quotas). */
const longestTail = 1024 ** 2;

const shape = z.object({ stdout: z.string(), stderr: z.string() });

export const jobLog = route({
  method: 'GET',
  path: '/uws/jobs/{id}/log',
  summary: "Shows the end of what one of the caller's jobs has printed, also while it runs",
  access: account,
  parameters: idParameters,
  query: z.object({
    tail: z.coerce
      .number()
      .int()
      .positive()
      .max(longestTail)
      .default(65_536)
      .describe('Bytes of each stream')
      .meta({ examples: ['65536'] }),
  }),
  answers: {
    200: okAnswerWith('The log; empty until the job prints', shape, { stdout: 'Hello World\n', stderr: '' }),
    404: refusalAnswer('No such job', 'Job 9999 not found for user.'),
  },
  async handler({ caller, parameters, query }, context) {
    const jobId = idOf(parameters.id);
    const { userId } = await readViewer(context, caller);
    const job = await readJob(context, { userId, jobId });
    if (!job) throw jobNotFound(parameters.id);
    return okWith('Successful.', await readJobLog(context, job, query.tail));
  },
});
