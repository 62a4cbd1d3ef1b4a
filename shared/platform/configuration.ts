import * as z from 'zod';
import { ConfigurationError } from './errors.ts';
import { unpackJson } from './packed-json.ts';

const name = z.string().min(1);
const count = z.coerce.number().int().positive();

/** Every environment variable of the functions, with its rule. */
const variables = {
  PROJECTS_TABLE: name,
  MEMBERS_TABLE: name,
  USERS_TABLE: name,
  MESSAGES_TABLE: name,
  LINES_TABLE: name,
  FILES_TABLE: name,
  HISTORY_TABLE: name,
  UNPUBLISHED_TABLE: name,
  INCIDENTS_TABLE: name,
  CONTROL_TABLE: name,
  ACCOUNTS_TABLE: name,
  SESSIONS_TABLE: name,
  ATTEMPTS_TABLE: name,
  CONNECTIONS_TABLE: name,
  SUBSCRIPTIONS_TABLE: name,
  CHANNELS_TABLE: name,
  PROCESSES_TABLE: name,
  WORKSPACES_TABLE: name,
  FILES_BUCKET: name,
  WORKSPACES_BUCKET: name,
  WORKSPACES: z.string().transform(unpackJson),
  INTERNAL_BUCKET: name,
  ATTACHMENTS_BUCKET: name,
  QUEUE_URLS: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.record(z.string(), z.url())),
  TRANSFER_STATE_MACHINE_ARN: name,
  JOB_STATE_MACHINE_ARN: name,
  JOBS_DIRECTORY: z.string(),
  JOB_TASKS: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(
      z.strictObject({
        cluster: name,
        definitions: z.record(z.string(), name),
        subnets: z.array(name),
        securityGroups: z.array(name),
        publicAddress: z.boolean(),
      }),
    ),
  JOB_PROXY_ADDRESS: z
    .string()
    .regex(/^[\d.]+:\d{1,5}$/, 'must be an address and a port')
    .transform((text) => {
      const [host = '', port] = text.split(':');
      return { host, port: Number(port) };
    }),
  JOBS_URL: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
  PROCESS_WORK_STATE_MACHINE_ARN: name,
  PORTAL_URL: z.url(),
  PORTAL_API_KEY_SECRET_ARN: name,
  PASSWORD_SECRET_ARN: name,
  FIRST_ADMIN_SECRET_ARN: name,
  SIGNING_KEYS_SECRET_ARN: name,
  ORIGIN_VERIFY_SECRET_ARN: name,
  EVENT_BUS: name,
  LIVE_CALLBACK_URL: z.url(),
  LIVE_URL: z.url(),
  LIVE_WATCH_FUNCTION: name,
  POLL_FUNCTION: name,
  AWS_LAMBDA_FUNCTION_NAME: name,
  HIDE_UNKNOWN_USERS: z.enum(['true', 'false']).transform((text) => text === 'true'),
  WEBAUTHN_DOMAIN: name,
  WEBAUTHN_ORIGINS: z.string().transform((text) => text.split(',').filter((origin) => origin !== '')),
  CENTRE: name,
  MAIL_SENDER: z.string(),
  MAIL_LINK: z.string(),
  POLL_SECONDS: z.coerce.number().positive(),
  STRICT_MESSAGES: z.enum(['true', 'false']).transform((text) => text === 'true'),
  HOLD_MISMATCHES_OF: z.string().transform((text) => text.split(',').filter((type) => type !== '')),
  READ_PROJECTS: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.array(z.string())),
  HOLD_TYPES: z.string().transform((text) => text.split(',').filter((type) => type !== '')),
  MISMATCHES_PER_HOUR: count,
  MAX_ATTEMPTS: count,
  TRANSFER_SLOTS: count,
  CHECKSUM_TRIES: count,
  RANGES_IN_FLIGHT: count,
  MEBIBYTES_IN_FLIGHT: count,
  FIRST_BYTE_SECONDS: count,
  MIN_BYTES_PER_SECOND: z.coerce.number().int().nonnegative(),
  TASK_ABOVE_BYTES: count,
  LARGE_FILE_ENCODING: z.enum(['octet-stream', 'form-data']),
  MAX_FORM_BYTES: count,
  TRANSFER: z.string().transform((text): unknown => JSON.parse(text)),
  TASK_TOKEN: name,
} as const;

type Variables = typeof variables;

/**
 * Reads the named variables from an environment.
 *
 * @param names the variables that the caller needs, and no others
 * @param environment where to read, `process.env` by default
 * @throws ConfigurationError naming every variable that is missing or breaks its rule; never their values
 */
export function configuration<Name extends keyof Variables>(
  names: readonly Name[],
  environment: Record<string, string | undefined> = process.env,
): { [K in Name]: z.infer<Variables[K]> } {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const variable of names) {
    const result = readVariable(variable, environment[variable]);
    if (result.success) values[variable] = result.data;
    else problems.push(`${variable}: ${result.problem}`);
  }
  if (problems.length > 0) throw new ConfigurationError(`Invalid environment variables. ${problems.join('; ')}`);
  return values as { [K in Name]: z.infer<Variables[K]> };
}

function readVariable(variable: keyof Variables, text: string | undefined) {
  if (text === undefined) return { success: false, problem: 'is missing' } as const;
  try {
    const result = variables[variable].safeParse(text);
    if (result.success) return { success: true, data: result.data } as const;
    return { success: false, problem: result.error.issues[0]?.message ?? 'is wrong' } as const;
  } catch {
    return { success: false, problem: 'is not JSON' } as const;
  }
}
