import type { Options } from './command.ts';
import { defaultStack } from './command-line.ts';

/** Options of every command. */
export const commonOptions = {
  stack: { flags: '--stack <NAME>', summary: `gateway on AWS, by its CloudFormation stack (default: ${defaultStack})` },
  dataDir: { flags: '--data-dir <DIR>', summary: 'gateway that runs on this machine with its state in DIR' },
  json: { flags: '--json', summary: 'print JSON, one object a line; errors as JSON on standard error' },
} as const satisfies Options;

export const helpOption = { flags: '--help', summary: 'show this; after a command, its options and examples' } as const;
