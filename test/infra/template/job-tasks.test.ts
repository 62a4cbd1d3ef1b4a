import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rightsOf, rightsOfRole } from './read-rights.ts';
import { jobFunctions, synthesize } from './synthesis.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const capabilities = { gpu_enabled: false, max_cpus: 4, max_memory_mb: 16_384, max_time_minutes: 720 };
const fargate = (image: string, changes: object = {}) => ({
  name: 'AWS',
  resource_type: 'fargate',
  capabilities: { ...capabilities, ...changes },
  connection_details: { image: `${image}@${digest}` },
});
const withResources = (available_resources: object) => synthesize({ workspaces: { available_resources } });

const synthesis = withResources({
  aws: fargate('public.ecr.aws/docker/library/python'),
  own: fargate('123456789012.dkr.ecr.eu-north-1.amazonaws.com/science/r'),
});

const definitionSchema = z.looseObject({
  Family: z.string(),
  ExecutionRoleArn: z.unknown(),
  ContainerDefinitions: z.array(z.looseObject({ Command: z.array(z.string()).optional() })),
});
const definitions = Object.values(synthesis.resources('AWS::ECS::TaskDefinition'))
  .map(({ Properties }) => definitionSchema.parse(Properties))
  .filter(({ Family }) => Family.includes('-job-'));
const ecsRights = (entry: string) =>
  Object.entries(rightsOf(synthesis, entry)).filter(([, actions]) => actions.some((each) => /^(ecs|iam):/.test(each)));

describe('jobs on Fargate', () => {
  it('have nothing in the stack without a resource of the type', () => {
    const without = synthesize();
    expect(Object.keys(without.resources('AWS::ECS::Cluster'))).toHaveLength(1);
    for (const entry of jobFunctions) {
      expect(JSON.stringify(rightsOf(without, entry))).not.toContain('ecs:');
      expect(without.environment(entry)).not.toHaveProperty('JOB_TASKS');
    }
  });

  it('have a task definition for each resource, with its image and without a role', () => {
    expect(definitions.map(({ Family }) => Family)).toEqual(['dst-gateway-job-aws', 'dst-gateway-job-own']);
    for (const definition of definitions) {
      expect(definition).toMatchObject({ RequiresCompatibilities: ['FARGATE'], NetworkMode: 'awsvpc' });
      expect(definition).not.toHaveProperty('TaskRoleArn');
      const [container] = definition.ContainerDefinitions;
      expect(container).toMatchObject({ Name: 'job', Image: expect.stringMatching(/@sha256:0{64}$/) });
      expect(container).not.toHaveProperty('Environment');
      // CloudFormation's validation would interpret it.
      expect(container?.Command?.join('\n')).not.toContain('${');
    }
  });

  it('let the steps run, look at and stop tasks of the cluster alone', () => {
    const actionsOf = (entry: string) =>
      ecsRights(entry).flatMap(([, actions]) => actions.filter((each) => /^(ecs|iam):/.test(each)));
    expect(actionsOf('workspaces/launch-job').toSorted()).toEqual([
      ...['ecs:DescribeTasks', 'ecs:ListTasks', 'ecs:RunTask', 'ecs:RunTask', 'ecs:StopTask', 'ecs:TagResource'],
      'iam:PassRole',
    ]);
    expect(actionsOf('workspaces/watch-job').toSorted()).toEqual(['ecs:DescribeTasks', 'ecs:StopTask']);
    expect(actionsOf('workspaces/end-job').toSorted()).toEqual(['ecs:DescribeTasks', 'ecs:StopTask']);
    for (const [resource] of ecsRights('workspaces/watch-job')) expect(resource).toMatch(/:task\/\w*JobTasks\w*\/\*$/);
  });

  it('have images pulled from private repositories, with the right to those alone', () => {
    const rights = rightsOfRole(synthesis, definitions[0]?.ExecutionRoleArn);
    const repositories = Object.keys(rights).filter((resource) => resource.includes(':repository/'));
    expect(repositories).toEqual([expect.stringMatching(/:ecr:eu-north-1:123456789012:repository\/science\/r$/)]);
  });

  it.each([
    [fargate('python', { gpu_enabled: true }), 'gpu_enabled'],
    [fargate('python', { max_cpus: 32 }), 'max_cpus'],
    [{ ...fargate('python'), connection_details: { image: 'python:latest' } }, 'must be an image with its digest'],
  ])('cannot be configured as %j', (resource, text) => {
    expect(() => withResources({ aws: resource })).toThrow(text);
  });
});
