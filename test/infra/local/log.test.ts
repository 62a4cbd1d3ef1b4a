import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openAccessLog } from '../../../infra/local/api-gateway/access-log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-'));
  mkdirSync(join(directory, 'logs'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

const entry = { requestId: '1', apiId: 'a', at: 0 };
const file = () => join(directory, 'logs', 'api-access.log');

describe('a log in a data directory', () => {
  it('goes on where it was', async () => {
    for (const requestId of ['1', '2']) {
      const log = openAccessLog(directory, 'api', '$context.requestId');
      log.write({ ...entry, requestId });
      log[Symbol.dispose]();
      await expect.poll(() => readFileSync(file(), 'utf8')).toContain(requestId);
    }
    expect(readFileSync(file(), 'utf8')).toBe('1\n2\n');
  });

  // An error of a stream to which nobody listens ends the process.
  it('leaves out what a full disk does not take', async () => {
    symlinkSync('/dev/full', file());
    const log = openAccessLog(directory, 'api', '$context.requestId');
    log.write(entry);
    await delay(100);
    log.write(entry);
    await delay(100);
    log[Symbol.dispose]();
    await delay(50);
  });
});
