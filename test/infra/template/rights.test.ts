import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { policies, rightsOf, rightsOfRole } from './read-rights.ts';
import { allFunctions, messageFunctions, synthesize, transferFunctions } from './synthesis.ts';

const synthesis = synthesize();

const of = (service: string, actions: string) => actions.split(' ').map((action) => `${service}:${action}`);
const roleArn = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

/** The CDK's function that uploads the console's page. */
const uploader = 'CustomCDKBucketDeployment';

describe('rights', () => {
  it('to the history are to read and append, for nobody to change or delete', () => {
    const rights = allFunctions.flatMap((entry) => rightsOf(synthesis, entry).HistoryTable ?? []);
    expect(new Set(rights).difference(new Set(of('dynamodb', 'BatchGetItem GetItem Query PutItem')))).toEqual(
      new Set(),
    );
  });

  it('to put on the bus has one function alone', () => {
    const mayPublish = allFunctions.filter((entry) => rightsOf(synthesis, entry).EventBus);
    expect(mayPublish).toEqual(['history/publish-events']);
  });

  it('to read private keys has only the function that signs', () => {
    const mayRead = allFunctions.filter((entry) => rightsOf(synthesis, entry).SigningKeysSecret);
    expect(mayRead).toEqual(['auth/api']);
  });

  const writers = {
    ProjectsTable: ['operate/compare', 'operate/decide', 'projects/create-project', 'projects/delete-project'],
    UsersTable: [
      'operate/decide',
      ...[...Object.values(messageFunctions), 'users/take-one-time-password'].filter((entry) =>
        /access|password|delete-project$/.test(entry),
      ),
      // They note who has workspaces, for the message that revokes the access.
      'processes/api',
      'workspaces/api',
    ],
    FilesTable: [
      'operate/decide',
      'messages/poll',
      'projects/delete-project',
      'files/data-delivery-ready',
      'files/delete-data-file',
      'files/return-data-file',
      'files/prepare-transfer',
      'files/copy-files',
      'files/send-file',
      'files/complete-transfer',
      'files/fail-transfer',
      'files/register-result',
      'files/sweep-outbox',
    ],
  };

  it.each(Object.entries(writers))('to write to %s have only these', (name, entries) => {
    const mayWrite = (entry: string) =>
      rightsOf(synthesis, entry)[name]?.some((action) => /:(Put|Update|Delete)Item$/.test(action));
    expect(allFunctions.filter(mayWrite)).toEqual(entries.toSorted());
  });

  it('of the state machine are its five functions, its task with the roles of that, and what delivering logs and traces takes', () => {
    const { id: task, properties } = synthesis.task;
    const [cluster] = Object.keys(synthesis.resources('AWS::ECS::Cluster'));
    const passed = [properties.TaskRoleArn, properties.ExecutionRoleArn];
    const [machine] = Object.values(synthesis.resources('AWS::StepFunctions::StateMachine'));
    const names = Object.fromEntries(
      Object.values(transferFunctions).map((entry) => [synthesis.lambda(entry).id, entry]),
    );

    const { '*': telling, ...rights } = rightsOfRole(synthesis, machine?.Properties.RoleArn, names);

    expect(rights).toEqual(
      Object.fromEntries([
        ...Object.values(transferFunctions).map((entry) => [entry, ['lambda:InvokeFunction']]),
        [task, ['ecs:RunTask']],
        [`arn:AWS::Partition:ecs:AWS::Region:AWS::AccountId:task/${cluster}/*`, ['ecs:TagResource']],
        ...passed.map((arn) => [roleArn.parse(arn)['Fn::GetAtt'][0], ['iam:PassRole']]),
      ]),
    );
    expect(telling).toEqual([
      ...of(
        'logs',
        'CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery',
      ),
      ...of('xray', 'GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments'),
    ]);
  });

  it.each(['messages/poll', 'files/sweep-outbox', 'history/publish-events', 'processes/sweep', 'workspaces/sweep'])(
    'of the schedule of %s are to invoke that, and nothing else',
    (entry) => {
      const { id } = synthesis.lambda(entry);
      const target = z.object({ Arn: z.unknown(), RoleArn: z.unknown() });
      const [schedule, ...others] = Object.values(synthesis.resources('AWS::Scheduler::Schedule'))
        .map(({ Properties }) => target.parse(Properties.Target))
        .filter(({ Arn }) => roleArn.safeParse(Arn).data?.['Fn::GetAtt'][0] === id);
      expect(others).toEqual([]);

      const rights = rightsOfRole(synthesis, schedule?.RoleArn, { [id]: entry });

      expect(new Set(Object.keys(rights).map((resource) => resource.replace(/:\*$/, '')))).toEqual(new Set([entry]));
      expect(new Set(Object.values(rights).flat())).toEqual(new Set(['lambda:InvokeFunction']));
    },
  );

  it('to pass roles on are for ECS alone', () => {
    const passing = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action.includes('iam:PassRole'));
    const Condition = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
    expect(passing).toEqual([expect.objectContaining({ Action: ['iam:PassRole'], Condition })]);
  });

  it('to tag tasks are for those that it runs, when it runs them', () => {
    const tagging = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action.includes('ecs:TagResource'));
    const Condition = { StringEquals: { 'ecs:CreateAction': 'RunTask' } };
    expect(tagging).toEqual([expect.objectContaining({ Action: ['ecs:TagResource'], Condition })]);
  });

  it('to invoke functions are for what is called, not for versions, of which there are none', () => {
    const invoking = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action.includes('lambda:InvokeFunction'));
    // Five schedules, three state machines, who starts what watches connections: two functions and itself, and the function
    // behind the WebSocket API itself; operators, who have the portal polled.
    expect(invoking).toHaveLength(13);
    expect(JSON.stringify(invoking)).not.toContain(':*');
  });

  it('name every action in full', () => {
    // The CDK's function that uploads the console's page has the CDK's own rights.
    const own = policies(synthesis).filter(({ Roles }) => Roles.every(({ Ref }) => !Ref.startsWith(uploader)));
    for (const { Action } of own.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
      for (const action of Action) expect(action).not.toContain('*');
    }
  });

  it("are to all resources for log deliveries and traces only, which don't have resources", () => {
    const everywhere = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => Resource.includes('*'));

    const actions = new Set(everywhere.flatMap(({ Action }) => Action));
    for (const action of actions)
      expect(action).toMatch(/^logs:\w*(LogDeliver|LogGroups|ResourcePolic)|^xray:(Put|GetSampling)/);
  });

  it('come from no managed policy, but for API Gateway itself, and from no policy inside a role', () => {
    for (const [id, role] of Object.entries(synthesis.resources('AWS::IAM::Role'))) {
      if (id.startsWith(uploader)) continue;
      if (!JSON.stringify(role.Properties.AssumeRolePolicyDocument).includes('"apigateway.amazonaws.com"'))
        expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(role.Properties).not.toHaveProperty('Policies');
    }
  });
});
