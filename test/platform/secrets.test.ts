import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type JsonServer, startJsonServer } from '../../infra/local/json-server.ts';
import { secretActions } from '../../infra/local/secrets.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { secretReader } from '../../shared/platform/secrets.ts';

describe('a secret', () => {
  const values = new Map<string, string>();
  let server: JsonServer;
  let requests = 0;

  beforeEach(async () => {
    const served = secretActions(values);
    const counting = Object.entries(served).map(([name, action]) => [
      name,
      (input: unknown) => {
        requests++;
        return action(input);
      },
    ]);
    server = await startJsonServer(Object.fromEntries(counting));
    requests = 0;
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    await server[Symbol.asyncDispose]();
  });

  it('is read once a minute, without the space that a file brought along', async () => {
    values.set('key', ' first\n');
    const read = secretReader('key');
    expect(await Promise.all([read(), read(), read()])).toEqual(['first', 'first', 'first']);
    expect(requests).toBe(1);
    values.set('key', 'second');
    vi.advanceTimersByTime(59_999);
    expect(await read()).toBe('first');
    vi.advanceTimersByTime(1);
    expect(await read()).toBe('second');
  });

  it('is asked for again after a failure', async () => {
    values.delete('key');
    const read = secretReader('key');
    await expect(read()).rejects.toThrow('has no value');
    values.set('key', 'there now');
    expect(await read()).toBe('there now');
  });

  it('without a value is a matter of configuration', async () => {
    values.set('key', '');
    await expect(secretReader('key')()).rejects.toThrow(ConfigurationError);
  });
});
