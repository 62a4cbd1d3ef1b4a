import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type JsonServer, startJsonServer } from '../../infra/local/services/json-server.ts';
import { secretActions } from '../../infra/local/services/secrets.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { secretReader } from '../../shared/platform/secrets.ts';
import { systemClock } from '../../shared/platform/time.ts';

describe('a secret', () => {
  const values = new Map<string, string>();
  let server: JsonServer;
  let requests = 0;

  beforeEach(async () => {
    const served = secretActions({ values });
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
    const read = secretReader('key', systemClock);
    expect(await Promise.all([read(), read(), read()])).toMatchObject([
      { text: 'first' },
      { text: 'first' },
      { text: 'first' },
    ]);
    expect(requests).toBe(1);
    values.set('key', 'second');
    vi.advanceTimersByTime(59_999);
    const first = await read();
    vi.advanceTimersByTime(1);
    const second = await read();
    expect([first.text, second.text]).toEqual(['first', 'second']);
    expect(second.version).not.toBe(first.version);
  });

  it('with a source is read from there whenever the source has another value', async () => {
    let source = 'first';
    const all = new Map([['key', source]]);
    const get = secretActions({ values: all }, new Map([['key', () => source]]))['secretsmanager.GetSecretValue'];
    const value = async () => (await get?.({ SecretId: 'key' })) as { SecretString: string; VersionId: string };
    const first = await value();
    expect(await value()).toEqual(first);
    source = 'second';
    const second = await value();
    expect([first.SecretString, second.SecretString]).toEqual(['first', 'second']);
    expect(second.VersionId).not.toBe(first.VersionId);
    all.set('key', 'put');
    expect((await value()).SecretString).toBe('put');
  });

  it('that is put has a version of its own, were it the same value', async () => {
    values.set('key', 'first');
    const before = await secretReader('key', systemClock)();
    const client = new SecretsManagerClient({});
    await client.send(new PutSecretValueCommand({ SecretId: 'key', SecretString: 'first' }));
    const after = await secretReader('key', systemClock)();
    client.destroy();
    expect(after.text).toBe('first');
    expect(after.version).not.toBe(before.version);
    expect(await secretReader('key', systemClock)()).toEqual(after);
  });

  it('is asked for again after a failure', async () => {
    values.delete('key');
    const read = secretReader('key', systemClock);
    await expect(read()).rejects.toThrow('has no value');
    values.set('key', 'there now');
    expect(await read()).toMatchObject({ text: 'there now' });
  });

  it('without a value is a matter of configuration', async () => {
    values.set('key', '');
    await expect(secretReader('key', systemClock)()).rejects.toThrow(ConfigurationError);
  });
});
