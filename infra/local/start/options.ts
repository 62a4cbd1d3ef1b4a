import { parseArgs } from 'node:util';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { type PortalAccess, portalFromVariables } from '../../cli/target/portal-variables.ts';

/** Options of `npm start`. */
export interface StartOptions {
  /** The portal to work with; without one a day is played at a simulated portal. */
  portal: PortalAccess | undefined;
  /** Where all state is kept; without one in a temporary directory, which is removed at the end. */
  dataDirectory: string | undefined;
  /** In place of the setting `pollMinutes`. */
  pollSeconds: number | undefined;
  /** Settings that go before those of `cdk.json`, as `name=value`. */
  settings: string[];
  /** Ends when the portal lists nothing and nothing is in work. */
  untilDrained: boolean;
  /** Goes on after the day, until it is stopped. */
  stay: boolean;
}

export const help = `Runs the gateway on this machine.

  npm start                          plays a day at a simulated portal, and checks what came of it
  npm start -- --data-dir DIR        the same, with all state kept in DIR
  DST_BASE_URL=https://… DST_API_KEY_FILE=… npm start
                                     works with that portal, until it is stopped

  --data-dir DIR      keeps all state in DIR: a later start goes on from there (with DST_BASE_URL: .data unless told)
  --poll-seconds N    asks the portal for messages every N seconds (with DST_BASE_URL: by pollMinutes, unless told)
  -c NAME=VALUE       a setting, as for cdk deploy; others are taken from where it takes them: cdk.json, ~/.cdk.json
  --until-drained     ends when the portal lists no message and nothing is in work; with 3 when what is left needs a
                      person, and nobody has decided for a minute
  --stay              goes on after the day at the simulated portal, so that operators' commands can be tried
  --help              shows this

  DST_BASE_URL        the portal's base URL: HTTPS, but for loopback
  DST_API_KEY         the centre's key for it, or
  DST_API_KEY_FILE    a file that holds the key
`;

/** A day, in seconds: no poll is rarer. */
const longestPoll = 86_400;

/**
 * Reads the command line and the variables.
 * @returns nothing when help is asked for
 * @throws InvalidInputError or ConfigurationError naming the option or variable and its rule
 */
export function readOptions(args: readonly string[], variables: NodeJS.ProcessEnv): StartOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values['data-dir'] === '') throw new InvalidInputError('--data-dir: a directory is missing');
  const portal = portalFromVariables(variables);
  return {
    portal,
    dataDirectory: values['data-dir'] ?? (portal ? '.data' : undefined),
    pollSeconds: readSeconds(values['poll-seconds'] ?? (portal ? undefined : '1')),
    settings: values.context ?? [],
    untilDrained: values['until-drained'] ?? false,
    stay: values.stay ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'data-dir': { type: 'string' },
        'poll-seconds': { type: 'string' },
        'until-drained': { type: 'boolean' },
        stay: { type: 'boolean' },
        context: { type: 'string', short: 'c', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (cause) {
    throw new InvalidInputError(cause instanceof Error ? cause.message : 'wrong arguments', { cause });
  }
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds > 0 && seconds <= longestPoll) return seconds;
  throw new InvalidInputError(
    `--poll-seconds: must be a number greater than 0 and at most ${longestPoll}, not "${text}"`,
  );
}
