import { describe, expect, it } from 'vitest';
import { fileRow } from '../support/file-rows.ts';
import { useGateways } from './gateway-fixture.ts';

describe('npm run operator -- files fetch-again', () => {
  const createGateway = useGateways();
  const reason = ['--reason', 'somebody replaced the object'];

  it('says what it would do, and changes nothing with --dry-run', async () => {
    const gateway = await createGateway();
    await gateway.addFiles(fileRow('f-1', { size: 5 }));
    const dry = await gateway.operate('files', 'fetch-again', 'f-1', ...reason, '--dry-run');
    expect(dry).toMatchObject({ code: 0, errors: '' });
    expect(dry.output).toContain('File f-1 will be fetched from DST again');
    expect((await gateway.operate('files', '--project', '1001')).output).toMatch(/^stored .* f-1$/m);
  });

  it('has a stored file fetched once more', async () => {
    const gateway = await createGateway();
    await gateway.addFiles(fileRow('f-1', { size: 5 }));
    const done = await gateway.operate('files', 'fetch-again', 'f-1', ...reason, '--yes');
    expect(done).toMatchObject({
      code: 0,
      errors: '',
      output: expect.stringContaining('File f-1 waits for a transfer.'),
    });
    expect((await gateway.operate('files', '--project', '1001')).output).toMatch(/^pending .* f-1$/m);
    const again = await gateway.operate('files', 'fetch-again', 'f-1', ...reason, '--yes');
    expect(again).toMatchObject({ code: 1, errors: expect.stringContaining('is being fetched already') });
  });
});
