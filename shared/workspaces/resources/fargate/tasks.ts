/** Tasks of the deployment that run jobs, as its functions get them. */
export interface JobTasks {
  /** ARN of the cluster. */
  cluster: string;
  /** ARNs of task definitions by the keys of resources. */
  definitions: Readonly<Record<string, string>>;
  subnets: string[];
  securityGroups: string[];
  /** Whether tasks need a public address for outgoing connections. */
  publicAddress: boolean;
}

/** Name of the container in every task definition. */
export const containerName = 'job';

/** Variable of a task with the address of its program. */
export const programVariable = 'JOB_PROGRAM';

/** Command of the container: it fetches the program of the job, and becomes it. The address is in no list of processes. */
export const containerCommand: readonly string[] = [
  'bash',
  '-c',
  `set -eu
program=$(mktemp)
printf 'url = "%s"\\n' "$${programVariable}" | curl --silent --show-error --fail --retry 5 --connect-timeout 20 --config - --output "$program"
unset ${programVariable}
exec bash "$program"`,
];
