import type { Task } from '@aws-sdk/client-ecs';
import type { JobStatus } from '../resource.ts';

const pending = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
const running = ['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'];

/**
 * Status of a task (Amazon ECS developer guide, "Task lifecycle"). A state that is not known is `unknown`, never an end. A task that
 * stopped by itself is `complete` with its exit code: only the program knows why the job ended.
 */
export function statusOf(task: Task): JobStatus {
  const { lastStatus = '', startedAt, stoppedAt, stopCode, stoppedReason } = task;
  const times = {
    ...(startedAt && { startedAt: startedAt.getTime() }),
    ...(stoppedAt && { endedAt: stoppedAt.getTime() }),
  };
  if (pending.includes(lastStatus)) return { state: 'pending' };
  if (running.includes(lastStatus)) return { state: 'running', ...(startedAt && { startedAt: startedAt.getTime() }) };
  if (lastStatus !== 'STOPPED') return { state: 'unknown', reason: `ECS answers the state ${lastStatus}` };
  if (stopCode === 'UserInitiated') return { state: 'complete', reason: 'stopped', ...times };
  if (stopCode !== 'EssentialContainerExited') {
    return { state: 'failed', reason: `the task stopped: ${stoppedReason ?? stopCode ?? 'no reason given'}`, ...times };
  }
  const { exitCode, reason } = task.containers?.[0] ?? {};
  const code = exitCode === undefined ? {} : { exitCode };
  if (reason?.startsWith('OutOfMemory')) return { state: 'failed', ...code, reason: 'out of memory', ...times };
  return { state: 'complete', ...code, ...times };
}
