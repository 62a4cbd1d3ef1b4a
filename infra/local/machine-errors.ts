import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.array(z.object({ at: z.number(), service: z.string(), error: z.string() }));

/** An error of the machine itself in an embedded service, such as a full disk. */
export interface MachineError {
  /** Milliseconds since 1970. */
  at: number;
  service: 'DynamoDB' | 'S3';
  error: string;
}

const fileIn = (directory: string) => join(directory, 'machine-errors.json');

/** Length in bytes. The file is created with its full length, because a full disk would have no room later. */
const length = 4096;
const longest = 300;

/** Record of the latest error of each service, for the operators' `status`. */
export interface MachineErrors extends Disposable {
  note(error: MachineError): void;
}

/** Creates an empty record in a data directory. */
export function openMachineErrors(directory: string): MachineErrors {
  rmSync(fileIn(directory), { force: true });
  const file = openSync(fileIn(directory), 'wx', 0o600);
  const latest = new Map<string, MachineError>();
  const write = () =>
    writeSync(file, Buffer.alloc(length, JSON.stringify([...latest.values()]).padEnd(length)), 0, length, 0);
  write();
  return {
    note({ at, service, error }) {
      latest.set(service, { at, service, error: [...error].slice(0, longest).join('') });
      write();
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** The latest error of each service of a gateway that runs in a data directory; none when it has met none. */
export function readMachineErrors(directory: string): z.infer<typeof schema> {
  if (!existsSync(fileIn(directory))) return [];
  try {
    return schema.parse(JSON.parse(readFileSync(fileIn(directory), 'utf8')));
  } catch {
    return []; // It is being written; the next read will succeed.
  }
}
