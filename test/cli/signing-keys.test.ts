import { describe, expect, it } from 'vitest';
import { newKeyedGateway } from './signing-keys-fixture.ts';

const agreed = ['--yes', '--reason', 'as agreed'];

describe('npm run operator -- signing-keys', () => {
  it('makes the first key and the next, and lists them without the keys themselves', async () => {
    const { ring, operate } = await newKeyedGateway();
    expect((await operate('list')).output).toContain('No keys');
    expect(await operate('rotate', ...agreed)).toMatchObject({ code: 0, errors: '' });
    const first = ring();
    const rotated = await operate('rotate', ...agreed);
    expect(rotated).toMatchObject({ code: 0, errors: '' });
    const { current, keys } = ring();
    expect(Object.keys(keys)).toEqual([first.current, current]);
    expect(keys[first.current]).toBe(first.keys[first.current]);
    const listed = (await operate('list', '--json')).output.trim().split('\n');
    expect(listed.map((line) => JSON.parse(line))).toEqual([
      { keyId: first.current, state: 'verifies' },
      { keyId: current, state: 'signs' },
    ]);
    expect(JSON.stringify([listed, rotated])).not.toContain('PRIVATE');
  });

  it('drops older keys at once when they are revoked', async () => {
    const { ring, operate } = await newKeyedGateway();
    await operate('rotate', ...agreed);
    const { current: first } = ring();
    expect((await operate('rotate', '--revoke', ...agreed)).output).toContain(`Key ${first} will be dropped.`);
    expect(Object.keys(ring().keys)).toEqual([ring().current]);
    expect(ring().current).not.toBe(first);
  });

  it('keeps in the history who made a key, and not the key', async () => {
    const { world, ring, operate } = await newKeyedGateway();
    await operate('rotate', ...agreed);
    expect(await world.rows.history('gateway')).toMatchObject([
      { event: 'signing key rotated', details: { reason: 'as agreed', keyId: ring().current, dropped: [] } },
    ]);
    expect(await world.rows.text()).not.toContain('PRIVATE');
  });

  it('changes nothing in a dry run, or without a reason', async () => {
    const { values, operate } = await newKeyedGateway();
    expect(await operate('rotate', '--dry-run', '--reason', 'as agreed')).toMatchObject({ code: 0 });
    expect((await operate('rotate', '--yes')).code).toBe(2);
    expect(values.size).toBe(0);
  });

  it('refuses a secret of another form, without quoting it', async () => {
    const { values, operate } = await newKeyedGateway();
    values.set('Keys', '{"current":"canary"}');
    const { code, errors } = await operate('rotate', ...agreed);
    expect(code).not.toBe(0);
    expect(errors).toContain('The secret of the signing keys must be JSON');
    expect(errors).not.toContain('canary');
  });

  it('replaces a secret that was overwritten, when older keys are revoked', async () => {
    const { values, ring, operate } = await newKeyedGateway();
    values.set('Keys', '{"current":"canary"}');
    const rotated = await operate('rotate', '--revoke', ...agreed);
    expect(rotated).toMatchObject({ code: 0, errors: '' });
    expect(rotated.output).toContain('The secret has another form than keys: it will be replaced.');
    expect(Object.keys(ring().keys)).toEqual([ring().current]);
    expect(rotated.output).not.toContain('canary');
  });
});
