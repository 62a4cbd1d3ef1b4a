import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Api } from '../api.ts';
import { output } from '../constructs/output.ts';
import type { Platform } from '../constructs/platform.ts';
import type { Settings } from '../settings.ts';
import type { Balancer } from '../workspaces/job-proxy.ts';
import { createTopic } from './alarm-topic.ts';
import { addBudget } from './budget.ts';
import { queuesOf } from './find-queues.ts';
import { gatewayMetric, periodOf } from './metrics.ts';

export interface AlarmsProps {
  readonly platform: Platform;
  /** The function invoked from outside the stack. */
  readonly takeOneTimePassword: Lambda;
  readonly api: Api;
  /** The state machine of transfers. */
  readonly transfers: StateMachine;
  /** The state machine of jobs. */
  readonly jobs: StateMachine;
  /** The state machine of the work of processes. */
  readonly processWork: StateMachine;
  /** The load balancer of the proxy to interactive jobs, if there is one. */
  readonly jobProxy: Balancer | undefined;
}

interface AlarmRule {
  /** Heading of the runbook's article. */
  readonly article: string;
  /** Description of the problem, in a sentence. */
  readonly description: string;
  readonly metric: IMetric;
  /** Number of consecutive periods of the metric, 1 by default. */
  readonly periods?: number;
  /** The alarm is raised at or above this value, 1 by default. */
  readonly atLeast?: number;
  /** The alarm is raised below this value. A period without data counts, too. */
  readonly lessThan?: number;
}

/**
 * All alarms, published to an SNS topic with e-mail subscriptions. Every queue, function and state machine is covered by
 * exactly one: queue consumers by their dead-letter queue, scheduled functions by their failure queue, functions of state
 * machines by failed executions, functions invoked from outside by their own errors. Created last, so that nothing is missed.
 */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  private readonly topic: Topic;
  private readonly settings: Settings;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { platform, takeOneTimePassword, api, transfers, jobs, processWork } = props;
    const { settings, tables } = platform;
    this.settings = settings;
    this.topic = createTopic(this, settings);
    this.ofPolls();
    this.ofMessages();
    this.ofQueues();
    this.ofTransfers(transfers);
    this.mailFailures('Jobs', jobs, {
      description: 'A job of a workspace could not be ended.',
      article: 'jobs-failed',
    });
    this.mailFailures('ProcessWork', processWork, {
      description: 'Work of a process failed: a verification, or what a service does after a step.',
      article: 'process-work-failed',
    });
    if (props.jobProxy) this.ofJobProxy(props.jobProxy);
    this.ofPasswords(takeOneTimePassword);
    this.ofApi(api);
    this.ofTables(tables);
    this.ofAccount();
    this.outputRollbackAlarms();
  }

  /**
   * Outputs the alarms to monitor during a deployment (CloudFormation accepts five): polls fail with nearly any fault that
   * functions share, and the others cover the rest.
   */
  private outputRollbackAlarms(): void {
    const names = new Set([
      'poll-late',
      'executions-failed',
      'dead-letters-CreateProjectAccess',
      'dead-letters-DataDeliveryReady',
    ]);
    const arns = this.all.flatMap(({ node, alarmArn }) => (names.has(node.id) ? alarmArn : []));
    output(this, 'RollbackAlarms', arns.join(' '));
  }

  private ofPolls(): void {
    const { pollMinutes } = this.settings;
    const period = Duration.minutes(pollMinutes);
    this.add('poll-late', {
      article: 'poll-late',
      description: 'No poll went well for some time: new messages are not seen.',
      metric: gatewayMetric(this, 'PollsSucceeded', { statistic: Stats.SUM, period }),
      // One poll may take 5 minutes, and three more may fail or be skipped.
      periods: Math.ceil(5 / pollMinutes) + 3,
      lessThan: 1,
    });
    this.add('portal-unauthorized', {
      article: 'portal-unauthorized',
      description: 'The portal refuses the API key.',
      metric: gatewayMetric(this, 'PortalUnauthorized', { statistic: Stats.SUM, period }),
      periods: 2,
    });
  }

  private ofJobProxy({ loadBalancer: LoadBalancer, targetGroup: TargetGroup }: Balancer): void {
    this.add('job-proxy', {
      article: 'job-proxy',
      description: 'The proxy does not answer: nobody reaches an interactive job.',
      metric: new Metric({
        namespace: 'AWS/ApplicationELB',
        metricName: 'HealthyHostCount',
        dimensionsMap: { LoadBalancer, TargetGroup },
        // Each node of the load balancer tells a number of its own, and one that reaches the task is enough.
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      periods: 10,
      lessThan: 1,
    });
  }

  private ofMessages(): void {
    const period = periodOf(5, this.settings.pollMinutes);
    this.add('oldest-message', {
      article: 'oldest-message',
      description:
        'A message that is neither held for a person nor working on its files has not been marked for an hour.',
      metric: gatewayMetric(this, 'OldestMessageAge', { statistic: Stats.MAXIMUM, period }),
      atLeast: 3_600,
    });
    this.add('incidents-open', {
      article: 'incidents-open',
      description: 'Something needs a person to decide.',
      metric: gatewayMetric(this, 'OpenIncidents', { statistic: Stats.MAXIMUM, period }),
    });
  }

  private ofQueues(): void {
    const { deadLetters, failedRuns } = queuesOf(this);
    for (const [name, queue] of deadLetters) {
      this.add(`dead-letters-${name}`, {
        article: 'dead-letters',
        description: `The queue ${name} has dead letters.`,
        metric: queue.metricApproximateNumberOfMessagesVisible({
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(5),
        }),
      });
    }
    for (const [name, queue] of failedRuns) {
      this.add(`runs-failing-${name}`, {
        article: 'runs-failing',
        description: `Runs of the schedule ${name} keep failing.`,
        metric: queue.metricNumberOfMessagesSent({
          statistic: Stats.SUM,
          period: periodOf(15, this.settings.pollMinutes),
        }),
        periods: 4,
      });
    }
  }

  private ofTransfers(machine: StateMachine): void {
    this.add('transfers-failing', {
      article: 'transfers-failing',
      description: 'Many transfers of files failed within an hour.',
      metric: gatewayMetric(this, 'TransferFailures', { statistic: Stats.SUM, period: Duration.hours(1) }),
      atLeast: 10,
    });
    const period = periodOf(15, this.settings.pollMinutes);
    this.add('transfers-stalled', {
      article: 'transfers-stalled',
      description: 'Files wait for transfers, and no byte was moved for an hour.',
      metric: new MathExpression({
        expression: 'IF(waiting > 0 AND moved == 0, 1, 0)',
        usingMetrics: {
          waiting: gatewayMetric(this, 'TransfersWaiting', { statistic: Stats.MINIMUM, period }),
          moved: gatewayMetric(this, 'BytesMoved', { statistic: Stats.SUM, period }),
        },
        period,
      }),
      periods: 4,
    });
    const options = { statistic: Stats.SUM, period: Duration.minutes(15) };
    this.add('executions-failed', {
      article: 'executions-failed',
      description: 'Transfers ended without recording their result.',
      metric: new MathExpression({
        // Step Functions emits only metrics of events that happened, and a sum with a missing metric is missing, too.
        expression: 'FILL(failed, 0) + FILL(timedOut, 0)',
        usingMetrics: { failed: machine.metricFailed(options), timedOut: machine.metricTimedOut(options) },
        period: options.period,
      }),
    });
  }

  /**
   * Mails of executions that failed, by the events that Step Functions emits anyway. A rule is free, and an alarm is not.
   */
  private mailFailures(
    name: string,
    machine: StateMachine,
    { description, article }: { description: string; article: string },
  ): void {
    new Rule(this, `${name}Failed`, {
      description,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT'], stateMachineArn: [machine.stateMachineArn] },
      },
      targets: [
        new SnsTopic(this.topic, {
          message: RuleTargetInput.fromText(`${description} What to do: ${this.settings.runbookUrl}#${article}`),
        }),
      ],
    });
  }

  private ofPasswords(takeOneTimePassword: Lambda): void {
    this.add('passwords-failing', {
      article: 'passwords-failing',
      description: 'A request for a one-time password failed.',
      metric: takeOneTimePassword.metricErrors({ statistic: Stats.SUM, period: Duration.minutes(5) }),
    });
  }

  /** API Gateway's metric counts the answers of failed functions, and its own answers when a function ended early. */
  private ofApi({ http }: Api): void {
    this.add('api-failing', {
      article: 'api-failing',
      description: 'Requests to the HTTP API end with status 500 and above.',
      metric: http.metricServerError({ statistic: Stats.SUM, period: Duration.minutes(5) }),
      atLeast: 5,
    });
    this.add('api-throttled', {
      article: 'api-throttled',
      description: 'The HTTP API refuses requests with status 429 again and again.',
      metric: gatewayMetric(this, 'ApiRequestsThrottled', { statistic: Stats.SUM, period: Duration.minutes(5) }),
      periods: 3,
      atLeast: 10,
    });
    this.add('live-failing', {
      article: 'live-failing',
      description: 'Requests or pushes of the WebSocket API fail.',
      metric: gatewayMetric(this, 'LiveFailures', { statistic: Stats.SUM, period: Duration.minutes(5) }),
      atLeast: 5,
    });
    this.add('sign-ins-refused', {
      article: 'sign-ins-refused',
      description: 'Many tries to sign in are refused.',
      metric: gatewayMetric(this, 'SignInsRefused', { statistic: Stats.SUM, period: Duration.minutes(5) }),
      periods: 3,
      atLeast: 50,
    });
  }

  /**
   * Alarms of the tables whose limits are reached first: two have items to which nearly every function writes, the third
   * receives every message of a long list. The other tables have no more writes, and alarms of all of them would be a fifth of
   * the costs of an idle gateway.
   */
  private ofTables({ control, lines, messages }: Platform['tables']): void {
    for (const [name, table] of Object.entries({ Control: control, Lines: lines, Messages: messages })) {
      this.add(`throttled-${name}`, {
        article: 'throttled',
        description: `DynamoDB refuses writes to the table ${name} again and again.`,
        metric: table.metric('WriteThrottleEvents', { statistic: Stats.SUM, period: Duration.minutes(5) }),
        periods: 3,
      });
    }
  }

  private ofAccount(): void {
    this.add('throttled-Lambda', {
      article: 'throttled',
      description: "The account's limit of concurrent Lambda executions is met again and again.",
      metric: Lambda.metricAllThrottles({ statistic: Stats.SUM, period: Duration.minutes(5) }),
      periods: 3,
    });
    if (this.settings.monthlyBudget > 0) addBudget(this, this.settings.monthlyBudget, this.topic);
  }

  private add(name: string, { article, description, metric, periods = 1, atLeast = 1, lessThan }: AlarmRule): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: `${description} What to do: ${this.settings.runbookUrl}#${article}`,
      metric,
      evaluationPeriods: periods,
      ...(lessThan === undefined
        ? {
            threshold: atLeast,
            comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treatMissingData: TreatMissingData.NOT_BREACHING,
          }
        : {
            threshold: lessThan,
            comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
            treatMissingData: TreatMissingData.BREACHING,
          }),
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.all.push(alarm);
  }
}
