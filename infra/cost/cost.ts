import { metrics } from '../../shared/platform/metrics.ts';

/**
 * Costs of a month, calculated from the template's resources and the usage of messages and files. A test compares the results
 * with `COST.md`. Prices are AWS's list prices in eu-north-1, in USD without tax, as of November 2026; those of Fargate, load
 * balancers and event archives are of us-east-1, those of CloudFront of its edges in Europe.
 */
export interface CountedResource {
  Type: string;
  Properties?: Record<string, unknown>;
}

export interface Item {
  what: string;
  /** Price in USD per number of units. */
  price: readonly [usd: number, per: number, unit: string];
  /** Permanent free tier of an account per month, shared with other gateways and systems. */
  free?: number;
  /** Units in a month. */
  units: (load: Load, counts: ResourceCounts) => number;
}

/** The load of a month. */
export interface Load {
  name: string;
  messages: number;
  /** Delivered files, one for each delivery. */
  files: number;
  /** Delivered in total, and stored for a month. */
  gigabytes: number;
  /** Sent to DST, as returns and results. */
  gigabytesSent: number;
  /** Part sent by tasks, in files above `taskAboveBytes`. */
  gigabytesByTask: number;
  /** Processes that researchers order and that are carried out. */
  orders: number;
}

export const loads: readonly Load[] = [
  { name: 'idle', messages: 0, files: 0, gigabytes: 0, gigabytesSent: 0, gigabytesByTask: 0, orders: 0 },
  {
    name: '10,000 messages, 1 TB',
    messages: 10_000,
    files: 2_000,
    gigabytes: 1_000,
    gigabytesSent: 20,
    gigabytesByTask: 10,
    orders: 100,
  },
  {
    name: 'a hundred times that',
    messages: 1_000_000,
    files: 200_000,
    gigabytes: 100_000,
    gigabytesSent: 2_000,
    gigabytesByTask: 1_000,
    orders: 10_000,
  },
];

const minutes = 30 * 24 * 60;
const monthHours = 730;

/** Usage of a poll, a publication and a sweep without work: counted locally, with times of Lambda. */
const idleRun = {
  poll: { readUnits: 6, writeUnits: 3, gigabyteSeconds: 0.15 },
  publish: { readUnits: 2, writeUnits: 0, gigabyteSeconds: 0.02 },
  sweep: { readUnits: 1, writeUnits: 0, gigabyteSeconds: 0.05 },
  /** Expired drafts, the last look at owners, work. */
  sweepOfProcesses: { readUnits: 3, writeUnits: 0, gigabyteSeconds: 0.05 },
  /** Projects, users, work. */
  sweepOfWorkspaces: { readUnits: 3, writeUnits: 0, gigabyteSeconds: 0.05 },
} as const;
const quarters = minutes / 15;
/** Sweeps of the outbox, of processes and of workspaces. */
const sweeps = 3 * quarters;

/**
 * Usage from `npm run bench -- usage`, rounded up: of the benchmark's mix of messages that move no file, and of files in addition to
 * their messages.
 */
export const usage = {
  message: {
    readUnits: 6,
    writeUnits: 24,
    events: 1.2,
    logKilobytes: 2,
    gigabyteSeconds: 0.1,
    invocations: 1.5,
    sqs: 4,
  },
  /** Two events, registered and stored, which the benchmark does not publish. */
  file: { readUnits: 23, writeUnits: 25, events: 2, transitions: 7, gigabyteSeconds: 1, invocations: 5 },
  /** Parts of 8 MiB, the resume point after each, and one virtual CPU with 1,769 MB for 13 s at 75 MB/s. */
  gigabyte: { s3Writes: 125, writeUnits: 40, gigabyteSeconds: 23 },
} as const;

/**
 * Calculated usage of a gigabyte sent to DST: two files, each with one HEAD and one GET, for 200 s at 5 MB/s, like
 * `taskAboveBytes`. A lease takes three writes per second. A function has 512 MB.
 */
const sent = { s3Reads: 4, transitions: 14, writeUnits: 600, hours: 200 / 3_600, gigabyteSeconds: 100 } as const;

/**
 * Calculated usage of an order from its draft to its end: 60 requests of its two parties, of which 20 change it, each with the
 * units that `npm run bench -- processes` allows, on a function of 512 MB for 100 ms; three creations; two executions; three files.
 */
const ordered = {
  requests: 60,
  readUnits: 60 * 5,
  writeUnits: 20 * 8 + 3 * 12,
  gigabyteSeconds: 60 * 0.05,
  transitions: 6,
  s3Writes: 3,
  s3Reads: 12,
  /** Visits of the console, each with an empty cache. */
  visits: 10,
} as const;

/** Calculated usage of a visit of the console: files of the page, at most 1 MB as they travel. */
const visit = { requests: 40, gigabytes: 0.001 } as const;

/** Half a virtual CPU with 1 GB on ARM, and a public address: 0.5 × 0.03238 + 0.00356 + 0.005 USD an hour. */
const taskHour = 0.02475;

/** Kilobytes of an event including EventBridge's envelope. */
const eventKilobytes = 1;

const eventsOf = ({ messages, files }: Load) => messages * usage.message.events + files * usage.file.events;
const eventGigabytes = (load: Load) => (eventsOf(load) * eventKilobytes) / 1e6;

/** Lambda polls a queue of a mapping with a maximum concurrency with five concurrent long polls of 20 s each. */
const pollsOfQueue = (5 * minutes * 60) / 20;

/** KMS calls: every 5 minutes for each table in use by a function, and once a minute for the API key. */
const idleKeyUses = minutes + 7 * (minutes / 5);
/** KMS calls if all functions use all their tables and queues all the time. */
const maxKeyUses = 20 * 6 * (minutes / 5);

/** Share of the month in which functions run. */
const busy = ({ messages }: Load) => Math.min(1, (messages * 20) / (minutes * 60));

const items: readonly Item[] = [
  { what: 'KMS key', price: [1, 1, 'key'], units: (_, { keys }) => keys },
  {
    what: 'KMS requests',
    price: [0.03, 10_000, 'requests'],
    free: 20_000,
    units: (load) => idleKeyUses + busy(load) * maxKeyUses + load.files,
  },
  { what: 'Secrets', price: [0.4, 1, 'secret'], units: (_, { secrets }) => secrets },
  { what: 'Secrets read', price: [0.05, 10_000, 'requests'], units: (load) => minutes + busy(load) * 10 * minutes },
  { what: 'Alarms', price: [0.1, 1, 'metric'], free: 10, units: (_, { alarmMetrics }) => alarmMetrics },
  {
    what: 'Metrics of its own',
    price: [0.3, 1, 'metric'],
    free: 10,
    units: ({ messages }) => (messages === 0 ? 1 : Object.keys(metrics).length),
  },
  { what: 'Dashboard', price: [3, 1, 'dashboard'], free: 3, units: (_, { dashboards }) => dashboards },
  {
    what: 'Logs',
    price: [0.52, 1, 'GB'],
    free: 5,
    units: ({ messages }) => (2 * minutes * 0.9 + messages * usage.message.logKilobytes) / 1e6,
  },
  {
    what: 'Traces',
    price: [5, 1_000_000, 'traces'],
    free: 100_000,
    units: ({ messages }) => 2 * minutes + sweeps + messages,
  },
  {
    what: 'Schedules',
    price: [1, 1_000_000, 'runs'],
    free: 14_000_000,
    units: () => 2 * minutes + sweeps,
  },
  {
    what: 'SQS',
    price: [0.4, 1_000_000, 'requests'],
    free: 1_000_000,
    units: ({ messages }, { eventSources }) => eventSources * pollsOfQueue + messages * usage.message.sqs,
  },
  {
    what: 'Lambda, requests',
    price: [0.2, 1_000_000, 'requests'],
    free: 1_000_000,
    units: ({ messages, files, orders }) =>
      2 * minutes +
      sweeps +
      messages * usage.message.invocations +
      files * usage.file.invocations +
      orders * ordered.requests,
  },
  { what: 'HTTP API', price: [1, 1_000_000, 'requests'], units: ({ orders }) => orders * ordered.requests },
  {
    what: 'CloudFront, requests',
    price: [0.012, 10_000, 'requests'],
    free: 10_000_000,
    units: ({ orders }) => orders * (ordered.requests + ordered.visits * visit.requests),
  },
  {
    what: 'CloudFront, functions',
    price: [0.1, 1_000_000, 'runs'],
    free: 2_000_000,
    // Each request to the API, and that for the document of a visit.
    units: ({ orders }) => orders * (ordered.requests + ordered.visits),
  },
  {
    what: 'CloudFront, bytes',
    price: [0.085, 1, 'GB'],
    free: 1_000,
    units: ({ orders }) => orders * ordered.visits * visit.gigabytes,
  },
  {
    what: 'Lambda, time',
    price: [0.0000133334, 1, 'GB-s'],
    free: 400_000,
    units: ({ messages, files, gigabytes, gigabytesSent, gigabytesByTask, orders }) =>
      idle('gigabyteSeconds') +
      orders * ordered.gigabyteSeconds +
      messages * usage.message.gigabyteSeconds +
      files * usage.file.gigabyteSeconds +
      gigabytes * usage.gigabyte.gigabyteSeconds +
      (gigabytesSent - gigabytesByTask) * sent.gigabyteSeconds,
  },
  {
    what: 'Fargate, time',
    price: [taskHour, 1, 'hour of a task'],
    units: ({ gigabytesByTask }) => gigabytesByTask * sent.hours,
  },
  {
    what: 'DynamoDB, writes',
    price: [0.672, 1_000_000, 'units'],
    units: ({ messages, files, gigabytes, gigabytesSent, orders }) =>
      idle('writeUnits') +
      orders * ordered.writeUnits +
      messages * usage.message.writeUnits +
      files * usage.file.writeUnits +
      gigabytes * usage.gigabyte.writeUnits +
      gigabytesSent * sent.writeUnits,
  },
  {
    what: 'DynamoDB, reads',
    price: [0.135, 1_000_000, 'units'],
    units: ({ messages, files, orders }) =>
      idle('readUnits') +
      messages * usage.message.readUnits +
      files * usage.file.readUnits +
      orders * ordered.readUnits,
  },
  {
    what: 'DynamoDB, kept with backup',
    price: [0.49, 1, 'GB'],
    // Messages of 400 days, about five items of 0.5 kB each. Backups have no free tier, so none is deducted.
    units: ({ messages }) => (messages * 2.5 * 13) / 1e6,
  },
  {
    what: 'Step Functions',
    price: [0.025, 1_000, 'transitions'],
    free: 4_000,
    units: ({ files, gigabytesSent, orders }) =>
      files * usage.file.transitions + gigabytesSent * sent.transitions + orders * ordered.transitions,
  },
  {
    what: 'Events',
    price: [1, 1_000_000, 'events'],
    units: eventsOf,
  },
  { what: 'Events archived', price: [0.1, 1, 'GB'], units: eventGigabytes },
  { what: 'Events kept for a month', price: [0.023, 1, 'GB'], units: eventGigabytes },
  {
    what: 'S3, writes and lists',
    price: [0.005, 1_000, 'requests'],
    units: ({ files, gigabytes, orders }) =>
      quarters + 3 * files + gigabytes * usage.gigabyte.s3Writes + orders * ordered.s3Writes,
  },
  {
    what: 'S3, reads',
    price: [0.0004, 1_000, 'requests'],
    units: ({ gigabytesSent, orders }) => gigabytesSent * sent.s3Reads + orders * ordered.s3Reads,
  },
  { what: 'S3, kept for a month', price: [0.023, 1, 'GB'], units: ({ gigabytes }) => gigabytes },
  { what: 'Sent to DST', price: [0.09, 1, 'GB'], free: 100, units: ({ gigabytesSent }) => gigabytesSent },
];

function idle(of: 'readUnits' | 'writeUnits' | 'gigabyteSeconds'): number {
  const { poll, publish, sweep, sweepOfProcesses, sweepOfWorkspaces } = idleRun;
  return minutes * (poll[of] + publish[of]) + quarters * (sweep[of] + sweepOfProcesses[of] + sweepOfWorkspaces[of]);
}

/** Fixed costs of the setting `vpc`. */
export const networkItems: readonly Item[] = [
  { what: 'NAT gateway', price: [0.046, 1, 'hour'], units: (_, { natGateways }) => natGateways * monthHours },
  { what: 'Its address', price: [0.005, 1, 'hour'], units: (_, { natGateways }) => natGateways * monthHours },
  {
    what: 'Interface endpoints',
    price: [0.011, 1, 'hour and zone'],
    units: (_, { endpointZones }) => endpointZones * monthHours,
  },
  {
    what: 'Bytes through the gateway',
    price: [0.046, 1, 'GB'],
    units: ({ gigabytes, gigabytesSent }) => gigabytes + gigabytesSent,
  },
];

/** A quarter of a virtual CPU with 0.5 GB on ARM, and a public address: 0.25 × 0.03238 + 0.5 × 0.00356 + 0.005 USD an hour. */
const proxyTaskHour = 0.01488;

/** Fixed costs of the setting `jobsDomain`: a load balancer in two zones, and a task. */
export const proxyItems: readonly Item[] = [
  { what: 'Load balancer', price: [0.0225, 1, 'hour'], units: (_, { loadBalancers }) => loadBalancers * monthHours },
  { what: 'Its addresses', price: [0.005, 1, 'hour'], units: (_, { loadBalancers }) => 2 * loadBalancers * monthHours },
  {
    what: 'Its capacity, for up to 1 GB an hour',
    price: [0.008, 1, 'hour'],
    units: (_, { loadBalancers }) => loadBalancers * monthHours,
  },
  {
    what: 'Task of the proxy, with its address',
    price: [proxyTaskHour, 1, 'hour'],
    units: (_, { loadBalancers }) => loadBalancers * monthHours,
  },
];

export interface ResourceCounts {
  keys: number;
  secrets: number;
  alarmMetrics: number;
  dashboards: number;
  eventSources: number;
  natGateways: number;
  loadBalancers: number;
  endpointZones: number;
}

/** Counts the resources of a template that are charged by existence. */
export function countResources(resources: Record<string, CountedResource>): ResourceCounts {
  const of = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);
  const metricsOf = ({ Properties = {} }: CountedResource) =>
    Array.isArray(Properties.Metrics) ? Properties.Metrics.filter((metric) => 'MetricStat' in metric).length : 1;
  const zonesOf = ({ Properties = {} }: CountedResource) =>
    Properties.VpcEndpointType === 'Interface' && Array.isArray(Properties.SubnetIds) ? Properties.SubnetIds.length : 0;
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
  return {
    keys: of('AWS::KMS::Key').length,
    secrets: of('AWS::SecretsManager::Secret').length,
    alarmMetrics: sum(of('AWS::CloudWatch::Alarm').map(metricsOf)),
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    eventSources: of('AWS::Lambda::EventSourceMapping').length,
    natGateways: of('AWS::EC2::NatGateway').length,
    loadBalancers: of('AWS::ElasticLoadBalancingV2::LoadBalancer').length,
    endpointZones: sum(of('AWS::EC2::VPCEndpoint').map(zonesOf)),
  };
}

export interface Cost {
  what: string;
  price: string;
  units: number;
  /** In USD, before and after the free tier. */
  full: number;
  paid: number;
}

export function costsOf(load: Load, counts: ResourceCounts, of: readonly Item[] = items): Cost[] {
  return of.map(({ what, price: [usd, per, unit], free = 0, units }) => {
    const used = units(load, counts);
    const cost = (charged: number) => (usd * charged) / per;
    return {
      what,
      price: `${usd} USD per ${per === 1 ? '' : `${per.toLocaleString('en')} `}${unit}`,
      units: used,
      full: cost(used),
      paid: cost(Math.max(0, used - free)),
    };
  });
}

export const total = (costs: readonly Cost[], which: 'full' | 'paid'): number =>
  costs.reduce((sum, cost) => sum + cost[which], 0);
