import { createHash } from 'node:crypto';
import {
  ConflictException,
  DescribeTasksCommand,
  type ECSClient,
  ECSServiceException,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { PermanentError, TransientError } from '../../../platform/errors.ts';
import type { JobToRun, Launched, Resource } from '../resource.ts';
import { addressesOf, type StagingOptions } from '../staging/addresses.ts';
import { shellQuote, stagingScript } from '../staging/job-script.ts';
import { stagedJob } from '../staging/staged-job.ts';
import { diskSize, taskSize } from './size.ts';
import { statusOf } from './status.ts';
import { containerName, type JobTasks, programVariable } from './tasks.ts';

export interface FargateOptions extends StagingOptions {
  ecs: Pick<ECSClient, 'send'>;
  tasks: JobTasks;
  /** ARN of the task definition. */
  definition: string;
  /** GiB of disk beside the inputs of a job. */
  diskGib: number;
}

/** Seconds for which a task may wait for its start. */
const startSeconds = 3600;

/**
 * Runs jobs as tasks of ECS on Fargate. A task has no role, and its job no key: it fetches and stores its files by presigned
 * addresses.
 */
export function fargateResource(options: FargateOptions): Resource {
  const { ecs, tasks } = options;
  const { cluster } = tasks;
  const staged = (handle: string) => {
    const { workspaceId, jobId } = parseHandle(handle);
    return stagedJob(options, workspaceId, jobId);
  };

  /** @returns undefined if ECS does not know the task, or not any more: it forgets tasks an hour after their end */
  async function describe(handle: string): Promise<Task | undefined> {
    const { task: id } = parseHandle(handle);
    const { tasks: found = [], failures = [] } = await answered(
      ecs.send(new DescribeTasksCommand({ cluster, tasks: [id] })),
    );
    const [task] = found;
    if (!task && !failures.every(({ reason }) => reason === 'MISSING')) {
      throw new TransientError(`ECS: ${failures[0]?.reason}`);
    }
    return task;
  }

  const stopTask = ({ taskArn }: Task) =>
    answered(ecs.send(new StopTaskCommand({ cluster, task: idOf(taskArn), reason: 'stopped' })));

  return {
    launch: async (job) => launched(job, await runTask(options, job)),
    async find(job) {
      const task = await findTask(options, job);
      return task === undefined ? undefined : launched(job, task);
    },
    async status(handle) {
      const task = await describe(handle);
      const status = task && statusOf(task);
      if (status && (status.state === 'pending' || status.state === 'running' || status.state === 'unknown'))
        return status;
      const ended = await staged(handle).ended();
      if (ended !== undefined) return { ...status, ...ended };
      if (status?.state === 'complete' && status.reason === undefined) {
        return { ...status, state: 'failed', reason: 'the job could not store what it left' };
      }
      return status ?? { state: 'failed', reason: 'ECS does not know the job any more', endedAt: Date.now() };
    },
    async stop(handle) {
      const isLate = await staged(handle).askToEnd();
      const task = await describe(handle);
      if (!task || task.lastStatus === 'STOPPED') return;
      // A running job gets the time to store its files.
      if (!isLate && statusOf(task).state !== 'pending') return;
      await stopTask(task);
    },
    async kill(handle) {
      const end = async () => {
        const task = await describe(handle);
        if (task && task.lastStatus !== 'STOPPED') await stopTask(task);
      };
      await Promise.all([staged(handle).askToEnd(), end()]);
    },
    server: (handle) => staged(handle).server(),
    // The job itself does.
    saveLogs: async () => {},
    saveOutputs: (handle) => staged(handle).outputs(),
    remove: (handle) => staged(handle).remove(),
  };
}

type Named = Pick<JobToRun, 'jobId' | 'workspaceId'>;

function launched({ workspaceId, jobId }: Named, taskArn: string | undefined): Launched {
  const id = idOf(taskArn);
  return { resourceJobId: numberOf(id), handle: `${workspaceId}/${jobId}/${id}` };
}

/** @returns the ARN of the task */
async function runTask(options: FargateOptions, job: JobToRun): Promise<string | undefined> {
  const { ecs, tasks, definition, s3 } = options;
  const object = await stagedJob(options, job.workspaceId, job.jobId).keepProgram(await programOf(options, job));
  const program = await getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: startSeconds });
  try {
    const request = new RunTaskCommand({
      cluster: tasks.cluster,
      taskDefinition: definition,
      launchType: 'FARGATE',
      clientToken: tokenOf(options, job),
      startedBy: nameOf(job),
      // Tags for the costs of a task.
      propagateTags: 'TASK_DEFINITION',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: tasks.subnets,
          securityGroups: tasks.securityGroups,
          assignPublicIp: tasks.publicAddress ? 'ENABLED' : 'DISABLED',
        },
      },
      overrides: overridesOf(options, job, program),
    });
    const { tasks: [task] = [], failures = [] } = await answered(ecs.send(request));
    if (task) return task.taskArn;
    throw new TransientError(`ECS runs no task now: ${failures[0]?.reason ?? 'no reason given'}`);
  } catch (error) {
    // The answer to an earlier attempt was lost, whose addresses were others.
    if (error instanceof ConflictException && error.resourceIds?.[0]) return error.resourceIds[0];
    throw error;
  }
}

function overridesOf({ diskGib }: FargateOptions, job: JobToRun, program: string) {
  if (job.gpus > 0) throw new PermanentError('Fargate has no GPUs');
  const { cores, memoryMb } = taskSize(job.cores, job.memoryMb);
  const disk = diskSize(
    job.inputs.reduce((sum, { size }) => sum + size, 0),
    diskGib,
  );
  return {
    cpu: String(cores * 1_024),
    memory: String(memoryMb),
    ...(disk !== undefined && { ephemeralStorage: { sizeInGiB: disk } }),
    containerOverrides: [{ name: containerName, environment: [{ name: programVariable, value: program }] }],
  };
}

/** Environment and addresses are in the program, as whoever may describe tasks reads their variables. */
async function programOf(options: FargateOptions, job: JobToRun): Promise<string> {
  const environment = { LANG: 'C.UTF-8', ...job.environment, JOB_ID: String(job.jobId) };
  const exported = Object.entries(environment).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  const script = stagingScript(job.script, await addressesOf(options, job, startSeconds), job.timeLimitMinutes);
  return [...exported, script].join('\n');
}

/** Finds a task that was run for a job and has not ended. @returns its ARN */
async function findTask({ ecs, tasks: { cluster } }: FargateOptions, job: Named): Promise<string | undefined> {
  const { taskArns = [] } = await answered(ecs.send(new ListTasksCommand({ cluster, startedBy: nameOf(job) })));
  return taskArns[0];
}

const nameOf = (job: Named) => `workspace-${job.workspaceId}-job-${job.jobId}`;

/** ECS runs one task for a token of at most 36 characters (Amazon ECS API reference, "Ensuring idempotency"). */
const tokenOf = ({ tasks: { cluster } }: FargateOptions, job: JobToRun) =>
  createHash('sha256')
    .update(`${cluster} ${nameOf(job)}`)
    .digest('hex')
    .slice(0, 36);

function idOf(taskArn: string | undefined): string {
  const id = /\/([0-9a-f]{32})$/.exec(taskArn ?? '')?.[1];
  if (id === undefined) throw new PermanentError('ECS gives the task no ARN in the form that is known');
  return id;
}

/** Number for clients, by which a person finds the task: the first 12 hexadecimal digits of its id. */
const numberOf = (id: string) => Number.parseInt(id.slice(0, 12), 16);

function parseHandle(handle: string) {
  const [, workspaceId, jobId, task] = /^(\d+)\/(\d+)\/([0-9a-f]{32})$/.exec(handle) ?? [];
  if (!task) throw new PermanentError('The handle of a task has two numbers and an id');
  return { workspaceId: Number(workspaceId), jobId: Number(jobId), task };
}

/** @throws PermanentError if ECS refuses; TransientError if it is busy or gives no answer */
async function answered<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ConflictException) throw error;
    const text = error instanceof Error ? `ECS: ${error.name}: ${error.message}` : 'ECS gives no answer';
    const isRefusal =
      error instanceof ECSServiceException && error.$fault === 'client' && !error.$retryable && !busy.has(error.name);
    throw isRefusal ? new PermanentError(text) : new TransientError(text);
  }
}

const busy = new Set(['ThrottlingException', 'LimitExceededException', 'RequestTimeout', 'ExpiredTokenException']);
