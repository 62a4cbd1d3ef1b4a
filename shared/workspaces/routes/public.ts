import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { getItem } from '../../platform/dynamodb.ts';
import { parameterSchema } from '../job-parameters.ts';
import { counterKey } from '../keys.ts';
import { anybody, okAnswerWith, okWith, route, type WorkspacesRoute } from './context.ts';

const version = '1';

const jobTypes = route({
  method: 'GET',
  path: '/uws/job_types',
  summary: 'Lists the types of jobs',
  access: anybody,
  answers: {
    200: okAnswerWith(
      'The types by id',
      z.object({ job_types: z.record(z.string(), z.object({ id: z.string(), name: z.string() })) }),
      { job_types: { jupyter_lab: { id: 'jupyter_lab', name: 'Jupyter Lab' } } },
    ),
  },
  async handler(_request, { configuration }) {
    const types = Object.entries(configuration.available_job_types).map(([id, { name }]) => [id, { id, name }]);
    return okWith('Successful.', { job_types: Object.fromEntries(types) });
  },
});

const parameters = route({
  method: 'GET',
  path: '/uws/parameters',
  summary: 'Lists the options that jobs may have',
  access: anybody,
  answers: {
    200: okAnswerWith('The parameters', z.object({ parameters: z.array(parameterSchema) }), { parameters: [] }),
  },
  handler: async (_request, { configuration }) => okWith('Successful.', { parameters: configuration.parameters }),
});

const dependency = z.object({ connected: z.boolean(), message: z.string() });

const status = route({
  method: 'GET',
  path: '/uws/status',
  summary:
    'Tells whether the database and the storage answer. Jobs are queued in the database, so resources are as it is',
  access: anybody,
  answers: {
    200: {
      description: 'The service answers',
      body: z.object({
        message: z.literal(''),
        success: z.literal(true),
        version: z.string(),
        build: z.string(),
        dependencies: z.object({
          main_resource: dependency,
          api_user_authentication: dependency,
          resources: z.record(z.string(), dependency),
          storage_methods: z.record(z.string(), dependency),
          user_authentication_methods: z.record(z.string(), dependency),
        }),
      }),
    },
  },
  async handler(_request, context) {
    const [database, storage] = await Promise.all([
      probe(() => getItem(context.db, context.tables.workspaces, counterKey('workspace'))),
      probe(() =>
        context.workspacesBucket.s3.send(
          new ListObjectsV2Command({ Bucket: context.workspacesBucket.name, MaxKeys: 1 }),
        ),
      ),
    ]);
    const { available_resources: resources, api_user_authentication: method } = context.configuration;
    const byResource = Object.fromEntries(Object.keys(resources).map((key) => [key, database]));
    const body = {
      message: '' as const,
      success: true as const,
      version,
      build: '',
      dependencies: {
        main_resource: database,
        api_user_authentication: database,
        resources: byResource,
        storage_methods: { s3: storage },
        user_authentication_methods: { [method]: database },
      },
    };
    return { status: 200 as const, body };
  },
});

/** Tries a service. The text has no more than that it failed. */
async function probe(call: () => Promise<unknown>): Promise<z.infer<typeof dependency>> {
  try {
    await call();
    return { connected: true, message: 'Connected successfully.' };
  } catch {
    return { connected: false, message: 'The service could not be reached.' };
  }
}

export const publicRoutes: readonly WorkspacesRoute[] = [jobTypes, parameters, status];
