import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { differenceKinds } from '../../../shared/operate/reconcile/differences.ts';
import { incidentKinds } from '../../../shared/operations/incidents.ts';
import { metrics, namespace } from '../../../shared/platform/metrics.ts';
import { messageTypes } from '../../../shared/portal/message-schema.ts';
import { readDocument } from '../../documentation/documents.ts';
import { tableNames } from '../../support/services.ts';
import { allOptions } from './nag.ts';
import {
  allFunctions,
  apiFunctions,
  jobFunctions,
  liveFunctions,
  processWorkFunctions,
  type Synthesis,
  synthesize,
  transferFunctions,
} from './synthesis.ts';

const synthesis = synthesize();
const other = synthesize({
  centre: 'kbh',
  pollMinutes: 60,
  alarmEmails: 'ann@centre.example, bo@centre.example',
  monthlyBudget: '0',
  runbookUrl: 'https://git.centre.example/gateway/blob/main/infra/monitoring/RUNBOOK.md',
});

const metricSchema = z.object({
  MetricName: z.string(),
  Namespace: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]),
});
const alarmSchema = z
  .object({
    AlarmName: z.string(),
    AlarmDescription: z.string(),
    AlarmActions: z.array(z.unknown()),
    OKActions: z.array(z.unknown()),
    Period: z.number().optional(),
    EvaluationPeriods: z.number(),
    Threshold: z.number(),
    Metrics: z
      .array(z.object({ MetricStat: z.object({ Metric: metricSchema, Period: z.number() }).optional() }))
      .default([]),
  })
  .and(metricSchema.partial());
type Alarm = z.infer<typeof alarmSchema>;

const alarmsOf = (of: Synthesis): Alarm[] =>
  Object.values(of.resources('AWS::CloudWatch::Alarm')).map(({ Properties }) => alarmSchema.parse(Properties));

/** Metrics of an alarm, by name and by the logical ids in its dimensions. */
const looksAt = ({ MetricName, Namespace, Dimensions, Metrics }: Alarm) => [
  ...(MetricName === undefined ? [] : [metricSchema.parse({ MetricName, Namespace, Dimensions })]),
  ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
];

const alarms = alarmsOf(synthesis);
const watched = JSON.stringify(alarms.flatMap((alarm) => looksAt(alarm).flatMap(({ Dimensions }) => Dimensions)));
const isWatched = (id: string) => watched.includes(JSON.stringify(id));

describe('every alarm', () => {
  it.each(alarms.map((alarm) => [alarm.AlarmName, alarm] as const))(
    '%s tells the topic, and when it is over',
    (name, alarm) => {
      const topic = { Ref: synthesis.idOf('AlarmTopic') };
      expect(alarm).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
      expect(name).toMatch(/^dst-gateway-/);
    },
  );

  it('looks back over a day at most, whatever the rate of polls: CloudWatch allows no more', () => {
    for (const alarm of [...alarms, ...alarmsOf(other)]) {
      const period = alarm.Period ?? alarm.Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 0;
      expect(period % 60, alarm.AlarmName).toBe(0);
      expect(period * alarm.EvaluationPeriods, alarm.AlarmName).toBeLessThanOrEqual(86_400);
    }
  });

  it('that is about the gateway itself looks at a metric that the gateway has, with its one dimension', () => {
    const own = alarms.flatMap(looksAt).filter(({ Namespace }) => Namespace === namespace);
    expect(own.length).toBeGreaterThan(6);
    for (const { MetricName, Dimensions } of own) {
      expect(Object.keys(metrics)).toContain(MetricName);
      expect(Dimensions).toEqual([{ Name: 'service', Value: 'dst-gateway' }]);
    }
    for (const { properties } of allFunctions.map((entry) => synthesis.lambda(entry)))
      expect(properties).toMatchObject({ Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'dst-gateway' } } });
  });
});

describe('the runbook', () => {
  const runbook = readDocument('infra/monitoring/RUNBOOK.md');
  const articles = new Map(
    runbook
      .split(/^#{1,2} (?=[\w-]+\n)/m)
      .filter((text) => /^[a-z-]+\n/.test(text))
      .map((text) => [text.slice(0, text.indexOf('\n')), text]),
  );
  const linked = alarms.map(
    ({ AlarmDescription }) => /infra\/monitoring\/RUNBOOK\.md#(\S+)$/.exec(AlarmDescription)?.[1],
  );

  it('is linked by its whole URL where that is given, with which a mail takes one there', () => {
    for (const { AlarmName, AlarmDescription } of alarmsOf(other)) {
      const link = URL.parse(AlarmDescription.split(' ').at(-1) ?? '');
      expect(link?.href, AlarmName).toContain(
        'https://git.centre.example/gateway/blob/main/infra/monitoring/RUNBOOK.md#',
      );
      expect([...articles.keys()]).toContain(link?.hash.slice(1));
    }
  });

  /** Alarms that settings add. */
  const optional = ['over-budget', 'job-proxy'];

  it('has an article for each alarm, the budget, each kind of incident, of difference and of disaster, and no others', () => {
    const disasters = ['lost-table', 'lost-bucket', 'lost-key', 'lost-secret', 'lost-region'];
    const subjects = new Set([
      ...linked,
      ...[...optional, 'jobs-failed', 'process-work-failed'],
      ...incidentKinds,
      ...differenceKinds,
      ...disasters,
    ]);
    expect([...subjects].sort()).toEqual([...articles.keys()].sort());
  });

  it.each([...articles])('%s describes, investigates and resolves, with commands', (_name, article) => {
    const parts = [...article.matchAll(/^\*\*(\w+)/gm)].map(([, name = '']) => name);
    expect(parts.filter((name) => ['Description', 'Investigation', 'Resolution'].includes(name))).toEqual([
      'Description',
      'Investigation',
      'Resolution',
    ]);
    expect(article).toContain('```sh\n');
  });

  it('and the table of alarms name the same', () => {
    const table = /^\| alarm \|[\s\S]*?\n\n/m.exec(readDocument('infra/README.md'))?.[0] ?? '';
    const named = [...table.matchAll(/^\| `([a-z-]+?)(?:-\{\w+\})?` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...new Set([...linked, ...optional])].sort());
  });

  it('names each function whose failed runs raise an alarm, also where several share it', () => {
    const failing = Object.values(synthesis.resources('AWS::Lambda::EventInvokeConfig')).flatMap(({ Properties }) =>
      Properties.DestinationConfig ? JSON.stringify(Properties.FunctionName) : [],
    );
    const scheduled = allFunctions.filter((entry) =>
      failing.includes(JSON.stringify({ Ref: synthesis.lambda(entry).id })),
    );
    expect(scheduled).toHaveLength(5);
    for (const entry of scheduled) expect(articles.get('runs-failing')).toContain(`\`${entry}\``);
  });

  it('says by which attribute the rows of each table expire, which a restored table has forgotten', () => {
    const told = [...(articles.get('lost-table') ?? '').matchAll(/`(\w+)` of ((?:`\w+`(?:,\s| and\s)?)+)/g)].flatMap(
      ([, attribute, names = '']) =>
        [...names.matchAll(/\w+/g)].flatMap(([name]) => (name === 'and' ? [] : [[name, attribute]])),
    );
    const all = synthesis.resources('AWS::DynamoDB::Table');
    const expiring = tableNames.flatMap((name) => {
      const { Properties } = all[synthesis.idOf(`${name[0]?.toUpperCase()}${name.slice(1)}Table`)] ?? {};
      const { data } = z.object({ AttributeName: z.string() }).safeParse(Properties?.TimeToLiveSpecification);
      return data ? [[name, data.AttributeName]] : [];
    });
    expect(told.toSorted()).toEqual(expiring.toSorted());
    expect(expiring.length).toBeGreaterThan(1);
  });

  it('names outputs that the stack has', () => {
    for (const [, list = ''] of runbook.matchAll(/output ((?:[A-Z]\w+(?:, | or )?)+)/g)) {
      for (const name of list.match(/[A-Z]\w+/g) ?? []) expect(synthesis.output(name), name).toBeDefined();
    }
  });
});

describe('what is watched', () => {
  const queues = Object.keys(synthesis.resources('AWS::SQS::Queue'));
  const redrives = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

  /** The queue that takes what a queue's function can't take. */
  function deadLettersOf(id: string): string {
    const { RedrivePolicy } = synthesis.resources('AWS::SQS::Queue')[id]?.Properties ?? {};
    return redrives.parse(z.object({ deadLetterTargetArn: z.unknown() }).parse(RedrivePolicy).deadLetterTargetArn)[
      'Fn::GetAtt'
    ][0];
  }

  const httpApis = Object.entries(synthesis.resources('AWS::ApiGatewayV2::Api')).flatMap(([id, { Properties }]) =>
    Properties.ProtocolType === 'HTTP' ? id : [],
  );

  const isWatchedQueue = (id: string) => isWatched(id) || isWatched(deadLettersOf(id));

  it.each(queues)('the queue %s has an alarm, its own or that of its dead letters', (id) => {
    expect(isWatchedQueue(id)).toBe(true);
  });

  it('is named as operators know the queue, after its output', () => {
    const names = [...messageTypes, 'Outbox', 'Events'].map((type) => `dst-gateway-dead-letters-${type}`);
    const failed = ['Poll', 'Sweep', 'Publish'].map((schedule) => `dst-gateway-runs-failing-${schedule}`);
    expect(alarms.map(({ AlarmName }) => AlarmName)).toEqual(expect.arrayContaining([...names, ...failed]));
  });

  const jobs = synthesis.idOf('JobStateMachine');
  const processWork = synthesis.idOf('ProcessWorkStateMachine');

  it.each(Object.keys(synthesis.resources('AWS::StepFunctions::StateMachine')))(
    'the state machine %s has an alarm, or a rule that mails of its failures',
    (id) => expect(isWatched(id) || id === jobs || id === processWork).toBe(true),
  );

  it.each([
    [jobs, 'jobs-failed'],
    [processWork, 'process-work-failed'],
  ])('is failed executions of %s, by events that cost nothing, with the way to the runbook', (machine, article) => {
    const rules = Object.values(synthesis.resources('AWS::Events::Rule')).map(({ Properties }) => Properties);
    expect(rules).toContainEqual(
      expect.objectContaining({
        EventPattern: expect.objectContaining({
          source: ['aws.states'],
          detail: { status: ['FAILED', 'TIMED_OUT'], stateMachineArn: [{ Ref: machine }] },
        }),
        Targets: [
          expect.objectContaining({
            Arn: { Ref: synthesis.idOf('AlarmTopic') },
            Input: expect.stringContaining(`#${article}`),
          }),
        ],
      }),
    );
  });

  it.each(allFunctions)(
    '%s has an alarm: of its queue, of its failed runs, of its state machine, of its API or its own',
    (entry) => {
      if ([...liveFunctions, ...jobFunctions, ...processWorkFunctions].includes(entry)) return;
      const watchers = watchersOf(entry);
      if (watchers.length === 0) expect(isWatched(synthesis.lambda(entry).id)).toBe(true);
      for (const id of watchers) expect(isWatchedQueue(id)).toBe(true);
    },
  );

  it('is, beside the functions of the account, each table whose throttling is a limit of the whole gateway', () => {
    const throttled = alarms.filter(({ AlarmName }) => AlarmName.includes('-throttled-'));
    const watchedTables = throttled.flatMap((alarm) =>
      alarm.MetricName === 'WriteThrottleEvents' ? [[alarm.AlarmName, alarm.Dimensions]] : [],
    );
    expect(throttled.map(({ MetricName }) => MetricName)).toContain('Throttles');
    expect(watchedTables).toEqual(
      ['Control', 'Lines', 'Messages'].map((name) => [
        `dst-gateway-throttled-${name}`,
        [{ Name: 'TableName', Value: { Ref: synthesis.idOf(`${name}Table`) } }],
      ]),
    );
  });

  it('is each error of the function that gives one-time passwords, for which no queue waits', () => {
    expect(alarms.find(({ AlarmName }) => AlarmName === 'dst-gateway-passwords-failing')).toMatchObject({
      MetricName: 'Errors',
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: synthesis.lambda('users/take-one-time-password').id } }],
      Threshold: 1,
      EvaluationPeriods: 1,
    });
  });

  it('is each failure of the WebSocket API, by its access log and by what its functions log', () => {
    expect(alarms.find(({ AlarmName }) => AlarmName === 'dst-gateway-live-failing')).toMatchObject({
      MetricName: 'LiveFailures',
      Namespace: namespace,
      Threshold: 5,
    });
    const filters = Object.values(synthesis.resources('AWS::Logs::MetricFilter'));
    const stage = Object.values(synthesis.resources('AWS::ApiGatewayV2::Stage')).find(
      ({ Properties }) => Properties.StageName === 'live',
    );
    const log = z.object({ DestinationArn: redrives }).parse(stage?.Properties.AccessLogSettings).DestinationArn;
    expect(filters.map(({ Properties }) => Properties)).toContainEqual(
      expect.objectContaining({
        FilterPattern: '{ $.status = "5*" }',
        LogGroupName: { Ref: log['Fn::GetAtt'][0] },
        MetricTransformations: [expect.objectContaining({ MetricName: 'LiveFailures', MetricValue: '1' })],
      }),
    );
  });

  /** The queue or state machine that tells of a function's failures. */
  function watchersOf(entry: string): string[] {
    const { id } = synthesis.lambda(entry);
    const arnOf = (properties: unknown, name: string) => z.record(z.string(), z.unknown()).parse(properties)[name];
    const named = (type: string) =>
      Object.values(synthesis.resources(type)).filter(
        ({ Properties }) => JSON.stringify(Properties.FunctionName) === JSON.stringify({ Ref: id }),
      );
    const sources = named('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties.EventSourceArn);
    const failures = named('AWS::Lambda::EventInvokeConfig').map(({ Properties }) =>
      arnOf(arnOf(Properties.DestinationConfig, 'OnFailure'), 'Destination'),
    );
    const machines = Object.values(transferFunctions).includes(entry) ? [synthesis.idOf('TransferStateMachine')] : [];
    const apis = apiFunctions.includes(entry) ? httpApis : [];
    return [...[...sources, ...failures].map((arn) => redrives.parse(arn)['Fn::GetAtt'][0]), ...machines, ...apis];
  }

  it('forgets its logs, and ends what takes too long', () => {
    for (const { Properties } of Object.values(synthesis.resources('AWS::Logs::LogGroup')))
      expect(Properties.RetentionInDays).toBeGreaterThan(0);
    for (const { Properties } of Object.values(synthesis.resources('AWS::Lambda::Function')))
      expect(Properties.Timeout).toBeGreaterThan(0);
    for (const { Properties } of Object.values(synthesis.resources('AWS::SQS::Queue')))
      expect(Properties.MessageRetentionPeriod).toBeGreaterThan(0);
  });

  it.each([
    'AWS::DynamoDB::Table',
    'AWS::ECS::Cluster',
    'AWS::ECS::TaskDefinition',
    'AWS::Events::EventBus',
    'AWS::IAM::Role',
    'AWS::KMS::Key',
    'AWS::Lambda::Function',
    'AWS::Logs::LogGroup',
    'AWS::S3::Bucket',
    'AWS::SNS::Topic',
    'AWS::SQS::Queue',
    'AWS::SecretsManager::Secret',
    'AWS::StepFunctions::StateMachine',
  ])('is tagged: each %s, and the stack', (type) => {
    const tags = { application: 'dst-gateway', centre: 'kbh', stage: 'production' };
    const resources = Object.entries(other.resources(type));
    expect(resources.length).toBeGreaterThan(0);
    for (const [id, { Properties }] of resources)
      expect(Properties.Tags, id).toEqual(
        // The CDK marks a bucket that it puts files into.
        expect.arrayContaining(Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))),
      );
    expect(other.tags).toEqual(tags);
  });
});

describe('the topic', () => {
  const { template } = other;

  it('tells the addresses of the setting', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 2);
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'bo@centre.example' });
    synthesis.template.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  it('needs no key, for a disabled one has to be told', () => {
    const [topic] = Object.values(synthesis.resources('AWS::SNS::Topic'));
    expect(topic?.Properties).not.toHaveProperty('KmsMasterKeyId');
    const [key] = Object.values(synthesis.resources('AWS::KMS::Key'));
    expect(JSON.stringify(key?.Properties.KeyPolicy)).not.toMatch(/cloudwatch\.amazonaws|budgets/);
  });

  it('takes what alarms and budgets of this account say', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});

it('adds up metrics of which one may be missing as if that were 0', () => {
  const expressions = z.object({ Metrics: z.array(z.object({ Expression: z.string().optional() })).default([]) });
  const sums = Object.values(synthesis.resources('AWS::CloudWatch::Alarm'))
    .flatMap(({ Properties }) => expressions.parse(Properties).Metrics)
    .flatMap(({ Expression = '' }) => (Expression.includes('+') ? [Expression] : []));
  expect(sums).toHaveLength(1);
  for (const term of sums.flatMap((sum) => sum.split('+'))) expect(term).toMatch(/^ ?FILL\(\w+, 0\) ?$/);
});

describe('the budget', () => {
  it('is of the setting, told when it is spent and when it will be', () => {
    const { template } = synthesize({ monthlyBudget: '100' });
    const limit = { Amount: 100, Unit: 'USD' };
    template.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetName: 'dst-gateway-over-budget', BudgetLimit: limit, TimeUnit: 'MONTHLY', BudgetType: 'COST' },
    });
    expect(JSON.stringify(template.findResources('AWS::Budgets::Budget'))).toMatch(/"ACTUAL".*"FORECASTED"/);
  });

  it('is left out by default, for not every account may have one', () => {
    synthesis.template.resourceCountIs('AWS::Budgets::Budget', 0);
  });
});

describe('the dashboard', () => {
  const [dashboard] = Object.values(synthesis.resources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);

  it('answers four questions', () => {
    for (const question of ['Is it working?', 'What is waiting?', 'What is failing?', 'How fast?'])
      expect(body).toContain(question);
  });

  it('shows every metric that the gateway has, twelve at most', () => {
    expect(Object.keys(metrics).length).toBeLessThanOrEqual(12);
    for (const name of Object.keys(metrics)) expect(body).toContain(name);
  });

  it('and the saved query read as many log groups as one query may, with every option: up to 50', () => {
    const everything = synthesize(allOptions);
    const [query] = Object.values(everything.resources('AWS::Logs::QueryDefinition'));
    const [shown] = Object.values(everything.resources('AWS::CloudWatch::Dashboard'));
    const groups = z.array(z.unknown()).parse(query?.Properties.LogGroupNames);
    expect(groups).toHaveLength(Object.keys(everything.resources('AWS::Logs::LogGroup')).length);
    // CloudWatch Logs refuses a query of more: leave out groups that say nothing about messages then.
    expect(groups.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(shown?.Properties.DashboardBody).match(/SOURCE/g)).toHaveLength(groups.length);
  });

  it('is one of those that cost nothing: up to 50 metrics', () => {
    expect([...body.matchAll(/\\"(DstGateway|AWS\/\w+)\\"/g)].length).toBeLessThanOrEqual(50);
  });
});

it('names the alarms by which CloudFormation may take a deployment back: five at most', () => {
  const text = JSON.stringify(synthesis.output('RollbackAlarms'));
  const named = Object.entries(synthesis.resources('AWS::CloudWatch::Alarm')).filter(([id]) =>
    text.includes(`"${id}"`),
  );
  const arns = named.map(([, { Properties }]) => Properties.AlarmName);
  expect(arns.length).toBeLessThanOrEqual(5);
  expect(arns.toSorted()).toEqual(
    ['dead-letters-CreateProjectAccess', 'dead-letters-DataDeliveryReady', 'executions-failed', 'poll-late'].map(
      (name) => `dst-gateway-${name}`,
    ),
  );
});
