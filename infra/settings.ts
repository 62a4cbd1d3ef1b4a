import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import { z } from 'zod';
import { ConfigurationError } from '../shared/platform/errors.ts';
import { packJson } from '../shared/platform/packed-json.ts';
import { type MessageType, messageTypes } from '../shared/portal/message-schema.ts';
import { parseConfiguration } from '../shared/workspaces/configuration.ts';
import type { Environment } from './constructs/rights.ts';

const retentions = Object.values(RetentionDays).filter(
  (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
);
/** The stage that is protected against deletion. */
export const production = 'production';
export const defaultCentre = 'centre';
export const defaultPortalUrl = 'https://no-portal.invalid/HPCApi';

/**
 * Longest centre and stage together. The tightest limit of the names derived from them is that of state machines, 80
 * characters.
 */
const longestName = 80 - 'dst-gateway--'.length - '-transfer'.length;
const nameRule = `must be ${longestName} characters at most together, for the name dst-gateway-{centre}-{stage}-transfer has 80 at most`;
const retentionRule = `must be one of ${retentions.join(', ')}`;

/** The settings of a centre, read from the CDK context: `cdk deploy -c portalUrl=https://… -c centre=…`. */
const schema = z
  .object({
    /** One-time passwords are derived from it: never change it while accesses wait for their credentials. */
    centre: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/,
        'must be 1 to 64 letters, digits and hyphens, and not begin with a hyphen',
      )
      .default(defaultCentre),
    /** Without hyphens, so that the names of stacks stay distinct. */
    stage: z
      .string()
      .regex(/^[a-z][a-z0-9]{0,15}$/, 'must be 1 to 16 small letters and digits, and begin with a letter')
      .default(production),
    portalUrl: z
      .string()
      .transform((text) => text.replace(/\/+$/, ''))
      .refine(isPortalUrl, 'must be https (http only to loopback), without user, query or fragment')
      .default(defaultPortalUrl),
    pollMinutes: wholeNumber(1, 60).default(1),
    strictMessages: trueOrFalse(),
    holdMismatchesOf: typeList(),
    holdTypes: typeList(),
    mismatchesPerHour: wholeNumber(1, 1_000_000).default(100),
    maxAttempts: wholeNumber(1, 1000).default(10),
    transferSlots: wholeNumber(1, 1000).default(8),
    checksumTries: wholeNumber(1, 100).default(3),
    rangesInFlight: wholeNumber(1, 32).default(4),
    /** At least three chunks of 8 MiB: one being received, one being hashed, one being sent to S3. */
    mebibytesInFlight: wholeNumber(24, 1024).default(64),
    /**
     * The copying function starts nothing new when 180 s of its 900 s are left. A wait that begins just before has to end and
     * be recorded in that time.
     */
    firstByteSeconds: wholeNumber(1, 150).default(120),
    minBytesPerSecond: wholeNumber(0, 100_000_000).default(20_000),
    /** Lambda's minimum for an event source mapping is 2. */
    maxConcurrency: wholeNumber(2, 1000).default(2),
    /**
     * An upload cannot be resumed, so it has to fit into one Lambda invocation or be sent by a task. Of the function's 900 s,
     * the last 10 s are reserved for recording a failure, and the portal may take 300 s from the last byte to its answer: 590 s
     * are left. At 5 MB/s, a slow line for a centre, that is 2.95 GB; at 75 MB/s, the maximum of a Lambda function, 44.25 GB.
     */
    taskAboveBytes: wholeNumber(1, 44_250_000_000).default(2_950_000_000),
    /** Limit of the form calls in DST's interface description; may be lowered, but not raised. */
    maxFormBytes: wholeNumber(1, 2_000_000_000).default(2_000_000_000),
    largeFileEncoding: z
      .enum(['octet-stream', 'form-data'], 'must be octet-stream or form-data')
      .default('octet-stream'),
    alarmEmails: z
      .string()
      .transform((text) => text.split(',').flatMap((address) => address.trim() || []))
      .pipe(z.array(z.email('must be e-mail addresses, by comma')))
      .default([]),
    /** Link in alarms. A deployment does not know where the centre publishes these files, so the default is their path. */
    runbookUrl: z
      .string()
      .refine(isLink, 'must be a whole URL, https://…, without fragment, of 500 characters at most')
      .default('infra/monitoring/RUNBOOK.md'),
    /**
     * In USD; 0 for none. A budget can make a first deployment fail and roll back: in a member account whose payer has not
     * enabled budgets, in an account less than a day old, under a service control policy, or in a region without the resource
     * type.
     */
    monthlyBudget: wholeNumber(0, 1_000_000).default(0),
    logRetentionDays: z.coerce
      .number<unknown>(retentionRule)
      .refine((days): days is RetentionDays => retentions.includes(days), retentionRule)
      .default(RetentionDays.THREE_MONTHS),
    /** Whether functions run in a private network with one fixed outgoing address. */
    vpc: trueOrFalse(),
    /** Whether a trail records all accesses to files. */
    dataEvents: trueOrFalse(),
    readerRoleArns: readers(),
    /** Limit of all clients together, for each route of the HTTP and of the WebSocket API without its own limit. */
    apiRequestsPerSecond: wholeNumber(1, 10_000).default(2_000),
    /** Origins of web pages that may call the HTTP API. */
    apiOrigins: z
      .string()
      .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
      .refine((origins) => origins.every(isOrigin), 'must be origins as https://host, by comma')
      .default([]),
    /** Custom domain of the HTTP API. Needs a certificate of AWS Certificate Manager in the same region. */
    apiDomain: domainName().optional(),
    apiCertificateArn: certificateArn().optional(),
    /** Custom domain of the WebSocket API, which cannot share one with the HTTP API. */
    liveDomain: domainName().optional(),
    liveCertificateArn: certificateArn().optional(),
    /** Custom domain of the console. Needs a certificate of AWS Certificate Manager in us-east-1, where CloudFront looks for it. */
    consoleDomain: domainName().optional(),
    consoleCertificateArn: certificateArn()
      .refine((arn) => arn.includes(':acm:us-east-1:'), 'must be the ARN of an ACM certificate in us-east-1')
      .optional(),
    /**
     * Domain of interactive jobs, below which each job has a host. A load balancer and a task serve them, which are paid by the
     * hour. `localhost` is for one machine.
     */
    jobsDomain: z.union([z.literal('localhost'), domainName()]).optional(),
    /** Certificate of all names below `jobsDomain`. */
    jobsCertificateArn: certificateArn().optional(),
    /**
     * Whether the stack gives API Gateway the account's role for logs, without which a WebSocket API with an access log cannot
     * be deployed. It is one per account and region, and the latest stack's counts.
     */
    apiGatewayLogRole: trueOrFalse(true),
    /** Domain that passkeys are made for, of which pages' hosts are part; the API's own domain by default. */
    passkeyDomain: domainName().optional(),
    /** Answers a sign-in to an unknown user name as one with a wrong password. */
    hideUnknownUsers: trueOrFalse(),
    /** Sign-in, job types, resources, parameters and limits of workspaces: an object in `cdk.json`, or its JSON. */
    workspaces: workspacesConfiguration(),
    /** Address from which people get a mail when something waits for them for a day; none by default. An identity of SES. */
    mailSender: z.email('must be an e-mail address').optional(),
    /** Address of the centre's pages, to which mails add the id of a process as `process`. */
    mailLink: z
      .string()
      .refine(isLink, 'must be a whole URL, https://…, without fragment, of 500 characters at most')
      .optional(),
    permissionsBoundary: z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/, 'must be the ARN of an IAM policy')
      .optional(),
  })
  .refine(
    ({ centre, stage }) => centre.length + stage.length <= longestName,
    // As a path, from which error texts take the names of settings.
    { path: ['centre and stage'], message: nameRule },
  )
  .refine(({ apiDomain, apiCertificateArn }) => (apiDomain === undefined) === (apiCertificateArn === undefined), {
    path: ['apiDomain and apiCertificateArn'],
    message: 'must be given together',
  })
  .refine(({ liveDomain, liveCertificateArn }) => (liveDomain === undefined) === (liveCertificateArn === undefined), {
    path: ['liveDomain and liveCertificateArn'],
    message: 'must be given together',
  })
  .refine(({ mailSender, mailLink }) => (mailSender === undefined) === (mailLink === undefined), {
    path: ['mailSender and mailLink'],
    message: 'must be given together',
  })
  .refine(
    ({ jobsDomain, jobsCertificateArn: certificate }) =>
      jobsDomain === 'localhost' || (jobsDomain === undefined) === (certificate === undefined),
    { path: ['jobsDomain and jobsCertificateArn'], message: 'must be given together' },
  )
  .refine(
    ({ consoleDomain, consoleCertificateArn }) =>
      (consoleDomain === undefined) === (consoleCertificateArn === undefined),
    { path: ['consoleDomain and consoleCertificateArn'], message: 'must be given together' },
  )
  .refine(({ apiDomain, liveDomain }) => liveDomain === undefined || liveDomain !== apiDomain, {
    path: ['liveDomain'],
    message: 'must be another one than apiDomain: API Gateway maps no WebSocket API and HTTP API to one domain',
  });

export type Settings = z.infer<typeof schema>;

export const settingNames: readonly string[] = Object.keys(schema.shape);

/**
 * Validates settings and adds the defaults.
 *
 * @param given settings by name, as text or in their own type; undefined ones get their defaults
 * @throws ConfigurationError naming every setting that breaks its rule, and the rule
 */
export function parseSettings(given: Record<string, unknown>): Settings {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new ConfigurationError(`Invalid settings. ${problems.join('; ')}. They are given as -c name=value`);
}

/** The settings in the CDK context; see `parseSettings`. */
export function readSettings(node: Node): Settings {
  const unknown = Object.keys(node.getAllContext()).filter(
    (name) => !/^(aws:|@|cdk)/.test(name) && !settingNames.includes(name),
  );
  if (unknown.length > 0) {
    throw new ConfigurationError(`There is no setting ${unknown.join(', ')}; there are ${settingNames.join(', ')}`);
  }
  return parseSettings(Object.fromEntries(settingNames.map((name) => [name, node.tryGetContext(name)])));
}

/** The settings as environment variables of functions. */
export function settingVariables(settings: Settings) {
  return {
    POLL_SECONDS: String(settings.pollMinutes * 60),
    STRICT_MESSAGES: String(settings.strictMessages),
    HOLD_MISMATCHES_OF: settings.holdMismatchesOf.join(','),
    HOLD_TYPES: settings.holdTypes.join(','),
    READ_PROJECTS: JSON.stringify(Object.keys(settings.readerRoleArns)),
    MISMATCHES_PER_HOUR: String(settings.mismatchesPerHour),
    MAX_ATTEMPTS: String(settings.maxAttempts),
    TRANSFER_SLOTS: String(settings.transferSlots),
    CHECKSUM_TRIES: String(settings.checksumTries),
    RANGES_IN_FLIGHT: String(settings.rangesInFlight),
    MEBIBYTES_IN_FLIGHT: String(settings.mebibytesInFlight),
    FIRST_BYTE_SECONDS: String(settings.firstByteSeconds),
    MIN_BYTES_PER_SECOND: String(settings.minBytesPerSecond),
    TASK_ABOVE_BYTES: String(settings.taskAboveBytes),
    LARGE_FILE_ENCODING: settings.largeFileEncoding,
    MAX_FORM_BYTES: String(settings.maxFormBytes),
    WORKSPACES: packJson(settings.workspaces),
    MAIL_SENDER: settings.mailSender ?? '',
    MAIL_LINK: settings.mailLink ?? '',
    JOBS_URL: jobsUrlOf(settings),
    HIDE_UNKNOWN_USERS: String(settings.hideUnknownUsers),
    // Without a domain people can use passkeys on their own machine alone.
    WEBAUTHN_DOMAIN: settings.passkeyDomain ?? settings.consoleDomain ?? settings.apiDomain ?? 'localhost',
    WEBAUTHN_ORIGINS: [
      ...[settings.consoleDomain, settings.apiDomain].flatMap((domain) => (domain ? [`https://${domain}`] : [])),
      ...settings.apiOrigins,
    ].join(','),
  } satisfies Environment;
}

/** Address below whose host each interactive job has one of its own; empty without a proxy. */
function jobsUrlOf({ jobsDomain }: Settings): string {
  if (jobsDomain === undefined) return '';
  return jobsDomain === 'localhost' ? 'http://localhost' : `https://${jobsDomain}`;
}

/** Characters of the configuration as a variable: the environment of a function has 4 KB. */
const longestConfiguration = 1_500;

function workspacesConfiguration() {
  const rule = 'must be a configuration of workspaces';
  const parsed = z.string().transform((text, { issues }) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      issues.push({ code: 'custom', message: `${rule} in JSON`, input: text });
      return z.NEVER;
    }
  });
  return z
    .union([parsed, z.record(z.string(), z.unknown())], rule)
    .superRefine((value, { issues }) => {
      const problem = configurationProblem(value);
      if (problem !== undefined) issues.push({ code: 'custom', message: `${rule}: ${problem}`, input: value });
    })
    .default({});
}

function configurationProblem(value: unknown): string | undefined {
  if (packJson(value).length > longestConfiguration)
    return `its JSON has ${longestConfiguration} characters at most, compressed in base64`;
  const { error } = parseConfiguration(value);
  return error && z.prettifyError(error);
}

function domainName() {
  return z
    .string()
    .regex(
      /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
      'must be a domain name in small letters',
    );
}

function certificateArn() {
  return z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of an ACM certificate');
}

function typeList() {
  return z
    .string()
    .transform((text) => text.split(',').flatMap((type) => type.trim() || []))
    .refine(
      (types): types is MessageType[] => types.every((type) => messageTypes.some((known) => known === type)),
      `must be a comma-separated list of ${messageTypes.join(', ')}`,
    )
    .default([]);
}

function trueOrFalse(byDefault = false) {
  return z.union([z.boolean(), z.stringbool()], 'must be true or false').default(byDefault);
}

/**
 * Roles by project: an object of lists in `cdk.json`, or a text, `1001=ARN,1001=ARN,1002=ARN`. The name of a role may contain
 * "=" and commas. A part after such a comma has no ARN, so the text is refused and never taken for another role.
 */
function readers() {
  const rule =
    'must be a comma-separated list of projectNo=ARN, each with the ARN of an IAM role (one with a comma in its name only in cdk.json)';
  const arn = z.string(rule).regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, rule);
  // Refuses characters that are wildcards in a policy.
  const projectNo = z.string().regex(/^[\w.~-]+$/, rule);
  const list = z.string().transform((text) => {
    const pairs = text.trim() ? text.split(',').map((pair) => /^([^=]*)=(.*)$/.exec(pair.trim())?.slice(1) ?? []) : [];
    return Object.groupBy(pairs, ([project = '']) => project);
  });
  const fromList = list.transform((groups) =>
    Object.fromEntries(Object.entries(groups).map(([project, pairs]) => [project, pairs?.map(([, role]) => role)])),
  );
  return z
    .union([fromList, z.record(z.string(), z.array(z.unknown()))], rule)
    .pipe(z.record(projectNo, z.array(arn), rule))
    .default({});
}

function wholeNumber(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`;
  // Only digits, because an empty text would become 0.
  const text = z.string().regex(/^\d+$/).transform(Number);
  return z.union([z.number(), text], rule).pipe(z.number().int(rule).min(least, rule).max(most, rule));
}

/** Whether a text is a link short enough for an alarm's description, which has at most 1,024 characters. */
function isLink(text: string): boolean {
  return URL.parse(text)?.protocol === 'https:' && !text.includes('#') && text.length <= 500;
}

/** Whether a text is an origin. HTTP only for localhost, for pages under development. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url?.origin !== text) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

function isPortalUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || url.search || url.hash) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

const isLoopback = ({ hostname }: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
