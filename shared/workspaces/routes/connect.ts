import * as z from 'zod';
import { connectTo } from '../connect-to-job.ts';
import { jobNotFound, refuse } from '../errors.ts';
import { readJob } from '../find.ts';
import { account, idOf, idParameters, okAnswerWith, okWith, readViewer, refusalAnswer, route } from './context.ts';

const shape = z.object({ connection_details: z.object({ url_path: z.string(), url_domain: z.string() }) });

const example = {
  connection_details: {
    url_path: '/passthrough/1/lab?ticket=jl0wK3cQbYv5p2gJtC8mTnqkYkU5yEo1m8v0qQmWb9A',
    url_domain: 'https://job-1.jobs.centre.example',
  },
};

export const connect = route({
  method: 'POST',
  path: '/uws/jobs/{id}/connection',
  summary:
    "Gives the address of the server of one of the caller's jobs. A browser opens it, `url_domain` and `url_path` together, once and within a minute",
  access: account,
  parameters: idParameters,
  answers: {
    200: okAnswerWith('The address', shape, example),
    404: refusalAnswer('No such job', 'Job 9999 not found for user.'),
    409: refusalAnswer('A job without a server, or whose server is not ready', 'Job 1 has no server that is ready.'),
  },
  async handler({ caller, parameters }, context) {
    const jobId = idOf(parameters.id);
    const { userId } = await readViewer(context, caller);
    const job = await readJob(context, { userId, jobId });
    if (!job) throw jobNotFound(parameters.id);
    const connection = await connectTo(context, job, caller.session);
    if (!connection) throw refuse(409, `Job ${jobId} has no server that is ready.`);
    return okWith('Successful.', { connection_details: connection });
  },
});
