import { Duration } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import { GatewayBucket } from '../constructs/bucket.ts';
import { GatewayFunction } from '../constructs/function.ts';
import type { Platform } from '../constructs/platform.ts';
import { nameOnly, type ResourceAccess } from '../constructs/rights.ts';
import { runEvery } from '../constructs/schedule.ts';
import type { Files } from '../files/files.ts';
import { startProcessExecution } from '../processes/executions.ts';
import { JobMachine, startJobExecution } from './job-machine.ts';
import { JobProxy } from './job-proxy.ts';
import { createJobTasks } from './job-tasks.ts';

/** Workspaces: the bucket of their files, and the sweep that does what requests have left. */
export class Workspaces extends Construct {
  readonly bucket: GatewayBucket;
  /** Access for changing workspaces and jobs. */
  readonly access: readonly ResourceAccess[];
  /** Access for making workspaces, beside that for changing them. */
  readonly owning: readonly ResourceAccess[];
  /** Names of the resources, without rights. */
  readonly names: readonly ResourceAccess[];
  /** Access for making a workspace with a job in the transaction of a process, and for showing the job. */
  readonly ordering: readonly ResourceAccess[];
  /** Access for putting files into such a workspace, and for starting the job. */
  readonly filling: readonly ResourceAccess[];
  /** Access for stopping the jobs of a person whose access DST disables. */
  readonly stopping: readonly ResourceAccess[];
  /** Access for stopping the jobs of a project or an access that DST deletes, and for removing the workspaces. */
  readonly removal: readonly ResourceAccess[];
  readonly machine: StateMachine;
  /** The proxy to interactive jobs, with the setting `jobsDomain`. */
  readonly proxy: JobProxy | undefined;

  constructor(scope: Construct, id: string, platform: Platform, files: Files) {
    super(scope, id);
    const { tables, key } = platform;
    this.bucket = new GatewayBucket(this, 'Workspaces', 'WORKSPACES_BUCKET', { key });
    const start = startJobExecution(this);
    // Empty on AWS: local jobs need a machine.
    const directory = { environment: { JOBS_DIRECTORY: '' }, allows: [] };
    const settings = [platform.workspaceTable, platform.setting('WORKSPACES', 'JOBS_URL'), directory];
    this.access = [
      ...settings,
      start,
      tables.workspaces.access(
        ...(['GetItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const),
      ),
      tables.unpublished.access('PutItem'),
      tables.accounts.access('GetItem', 'BatchGetItem'),
      tables.users.access('GetItem', 'ConditionCheckItem'),
      tables.projects.access('GetItem', 'ConditionCheckItem'),
      tables.files.access('BatchGetItem'),
      this.bucket.access('ListBucket', 'ListBucketMultipartUploads'),
      this.bucket.toObjects('workspaces/', 'GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'),
    ];
    // Whose workspaces they are is noted at the access.
    this.owning = [tables.accounts.access('ConditionCheckItem'), tables.users.access('UpdateItem')];
    this.names = [...settings, nameOnly(start), nameOnly(this.bucket.access('ListBucket'))];
    this.ordering = [
      tables.workspaces.access('GetItem', 'Query', 'PutItem', 'UpdateItem'),
      ...this.owning,
      tables.projects.access('GetItem', 'ConditionCheckItem'),
      this.bucket.access('ListBucket'),
      this.bucket.toObjects('workspaces/', 'GetObject'),
    ];
    this.filling = [
      start,
      tables.workspaces.access('GetItem', 'BatchGetItem', 'BatchWriteItem', 'PutItem', 'UpdateItem'),
      this.bucket.access('ListBucket'),
      this.bucket.toObjects('workspaces/', 'PutObject', 'DeleteObject'),
    ];
    // The transaction that ends a job of a process leaves it work.
    const ending = [platform.processTables, tables.processes.access('PutItem')];
    const telling = startProcessExecution(this);
    this.stopping = [
      platform.workspaceTable,
      nameOnly(this.bucket.access('ListBucket')),
      start,
      tables.workspaces.access('GetItem', 'Query', 'UpdateItem'),
    ];
    this.removal = [
      platform.workspaceTable,
      start,
      tables.workspaces.access(
        ...(['GetItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const),
      ),
      this.bucket.access('ListBucket', 'ListBucketMultipartUploads'),
      this.bucket.toObjects('workspaces/', 'DeleteObject', 'AbortMultipartUpload'),
    ];
    const ofSteps = [
      ...settings,
      nameOnly(start),
      tables.unpublished.access('PutItem'),
      nameOnly(files.bucket.access('ListBucket')),
      ...tokenAccess(platform),
    ];
    // Whether the owner may run jobs is asked at the launch and at each look.
    const owner = [tables.accounts, tables.projects, tables.users].map((table) => table.access('GetItem'));
    const tasks = createJobTasks(this, platform);
    this.machine = new JobMachine(this, 'Jobs', {
      platform,
      launch: [
        ...ofSteps,
        ...tasks.launch,
        ...owner,
        tables.workspaces.access('GetItem', 'Query', 'PutItem', 'UpdateItem'),
        tables.files.access('BatchGetItem'),
        files.bucket.toObjects('projects/', 'GetObject'),
        this.bucket.access('ListBucket'),
        ...ending,
        nameOnly(telling),
        // Jobs on a cluster use presigned addresses, which have the rights of who signs them.
        this.bucket.toObjects('workspaces/', 'GetObject', 'PutObject'),
      ],
      watch: [
        ...ofSteps,
        ...tasks.watch,
        ...owner,
        tables.workspaces.access('GetItem', 'PutItem', 'UpdateItem'),
        this.bucket.access('ListBucket'),
        this.bucket.toObjects('workspaces/', 'GetObject', 'PutObject'),
      ],
      end: [
        ...ofSteps,
        ...ending,
        telling,
        ...tasks.end,
        tables.workspaces.access(
          ...(['GetItem', 'BatchGetItem', 'Query', 'ConditionCheckItem'] as const),
          ...(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'] as const),
        ),
        this.bucket.access('ListBucket'),
        this.bucket.toObjects('workspaces/', 'GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'),
      ],
    }).machine;
    const { jobsDomain, jobsCertificateArn: certificateArn } = platform.settings;
    if (jobsDomain !== undefined) this.proxy = new JobProxy(this, 'JobProxy', { platform, certificateArn });
    const sweep = new GatewayFunction(this, 'Sweep', {
      platform,
      entry: 'workspaces/sweep',
      memorySize: 256,
      timeout: Duration.minutes(5),
      access: this.access,
    });
    runEvery(this, sweep, {
      key,
      rate: Duration.minutes(15),
      description: 'Does what requests about workspaces have left',
      failures: files.outbox.sweepFailures,
    });
  }
}

/** Access of the HTTP API for the sign-in by Globus. */
export function globusAccess({ settings }: Platform): ResourceAccess[] {
  const { api_user_authentication: method, globus } = readConfiguration(settings.workspaces);
  if (method !== 'globus' || !globus) return [];
  return [
    { environment: {}, allows: [{ actions: ['secretsmanager:GetSecretValue'], resources: [globus.client_secret] }] },
  ];
}

/** Access for the tokens of SLURM clusters. */
function tokenAccess({ settings }: Platform): ResourceAccess[] {
  const { available_resources: resources } = readConfiguration(settings.workspaces);
  return Object.values(resources).flatMap(({ resource_type, connection_details }) =>
    resource_type === 'slurm'
      ? [
          {
            environment: {},
            allows: [{ actions: ['secretsmanager:GetSecretValue'], resources: [connection_details.token_secret] }],
          },
        ]
      : [],
  );
}
