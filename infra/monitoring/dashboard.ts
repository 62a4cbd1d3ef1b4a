import { Duration, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  type Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { MetricName } from '../../shared/platform/metrics.ts';
import type { Settings } from '../settings.ts';
import type { Alarms } from './alarms.ts';
import { queuesOf } from './find-queues.ts';
import { gatewayMetric, periodOf } from './metrics.ts';

/** CloudWatch's number of columns of a dashboard. */
const width = 24;

/**
 * A dashboard with the gateway's health, backlog, failures and throughput, and a saved query that follows one message from poll
 * to mark. Created last, so that nothing is missed. Three dashboards of up to 50 metrics are free.
 */
export class GatewayDashboard extends Construct {
  private readonly period: Duration;
  private readonly logGroups: LogGroup[];

  constructor(scope: Construct, id: string, settings: Settings, alarms: Alarms) {
    super(scope, id);
    this.period = periodOf(5, settings.pollMinutes);
    this.logGroups = Stack.of(this)
      .node.findAll()
      .filter((node) => node instanceof LogGroup);
    new Dashboard(this, 'Dashboard', {
      dashboardName: Stack.of(this).stackName,
      defaultInterval: Duration.days(1),
      widgets: [
        [heading('Is it working?')],
        [new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.all, width, height: 4 })],
        this.working(),
        [heading('What is waiting?')],
        this.waiting(),
        [heading('What is failing?')],
        this.failing(),
        [this.warnings()],
        [heading('How fast?')],
        this.speed(),
      ],
    });
    this.saveQuery();
  }

  private working(): IWidget[] {
    return graphs([
      ['Polls that went well', [this.own('PollsSucceeded', Stats.SUM)]],
      ['Incidents open', [this.own('OpenIncidents', Stats.MAXIMUM)]],
      ['The portal refuses the key', [this.own('PortalUnauthorized', Stats.SUM)]],
      ['HTTP API: failed and refused', [...this.apiErrors(), this.own('ApiRequestsThrottled', Stats.SUM)]],
      ['WebSocket API: failed', [this.own('LiveFailures', Stats.SUM)]],
      ['Sign-ins refused', [this.own('SignInsRefused', Stats.SUM)]],
    ]);
  }

  private waiting(): IWidget[] {
    const visible = [...queuesOf(this).work].map(([label, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label, statistic: Stats.MAXIMUM, period: this.period }),
    );
    return graphs([
      ['Messages not marked', [this.own('MessagesWaiting', Stats.MAXIMUM)]],
      ['Age of the oldest, held and working ones left out (s)', [this.own('OldestMessageAge', Stats.MAXIMUM)]],
      ['Files to be moved', [this.own('TransfersWaiting', Stats.MAXIMUM)]],
      ['In queues', visible],
    ]);
  }

  private failing(): IWidget[] {
    const { deadLetters, failedRuns } = queuesOf(this);
    const dead = [...deadLetters].map(([label, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label, statistic: Stats.MAXIMUM, period: this.period }),
    );
    const failed = [...failedRuns].map(([label, queue]) =>
      queue.metricNumberOfMessagesSent({ label, statistic: Stats.SUM, period: this.period }),
    );
    const options = { statistic: Stats.SUM, period: this.period };
    return graphs([
      ['Transfers that failed', [this.own('TransferFailures', Stats.SUM), ...this.executions('ExecutionsFailed')]],
      ['Dead letters', dead],
      ['Runs of schedules that failed', failed],
      ['Lambda, all of the account', [Lambda.metricAllErrors(options), Lambda.metricAllThrottles(options)]],
    ]);
  }

  private speed(): IWidget[] {
    const options = { statistic: Stats.p(90), period: this.period };
    return graphs([
      ['Messages marked', [this.own('MessagesMarked', Stats.SUM)]],
      ['Bytes moved', [this.own('BytesMoved', Stats.SUM)]],
      ['Transfers begun', this.executions('ExecutionsStarted')],
      ['Duration of functions (90 %)', [Lambda.metricAllDuration(options)]],
    ]);
  }

  private own(name: MetricName, statistic: string): Metric {
    return gatewayMetric(this, name, { statistic, period: this.period });
  }

  private executions(metricName: string): Metric[] {
    return Stack.of(this)
      .node.findAll()
      .flatMap((node) =>
        node instanceof StateMachine ? node.metric(metricName, { statistic: Stats.SUM, period: this.period }) : [],
      );
  }

  private apiErrors(): IMetric[] {
    const options = { statistic: Stats.SUM, period: this.period };
    return Stack.of(this)
      .node.findAll()
      .flatMap((node) => (node instanceof HttpApi ? node.metricServerError(options) : []));
  }

  private warnings(): LogQueryWidget {
    return new LogQueryWidget({
      title: 'Latest warnings and errors',
      view: LogQueryVisualizationType.TABLE,
      logGroupNames: this.logGroups.map((group) => group.logGroupName),
      queryLines: [
        'fields @timestamp, level, message, messageId, fileId, error, found',
        'filter level in ["WARN", "ERROR", "CRITICAL"] or @message like /Task timed out|Runtime exited/',
        'sort @timestamp desc',
        'limit 50',
      ],
      width,
      height: 8,
    });
  }

  private saveQuery(): void {
    new QueryDefinition(this, 'MessageQuery', {
      queryDefinitionName: `${Stack.of(this).stackName}/a message from poll to mark`,
      queryString: new QueryString({
        fields: ['@timestamp', 'level', 'message', 'messageType', 'fileId', 'error', 'xray_trace_id'],
        filterStatements: ['messageId = "the id of the message"'],
        sort: '@timestamp asc',
        limit: 1_000,
      }),
      logGroups: this.logGroups,
    });
  }
}

const heading = (text: string) => new TextWidget({ markdown: `# ${text}`, width, height: 1 });

const graphs = (all: readonly (readonly [title: string, left: IMetric[]])[]) =>
  all.map(
    ([title, left]) =>
      new GraphWidget({ title, left, leftYAxis: { min: 0, showUnits: false }, width: width / all.length, height: 6 }),
  );
