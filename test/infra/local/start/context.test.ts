import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readResources } from '../../../../infra/local/resources.ts';
import { readContext } from '../../../../infra/local/start/context.ts';
import { synthesize } from '../../../../infra/local/start/synthesize.ts';
import { readAssembly } from '../../../../infra/local/template.ts';
import { start } from './start-process.ts';

describe('the settings of npm start', () => {
  it('come from where cdk deploy has them, in its order', () => {
    const [checkout, home] = [temporary(), temporary()];
    write(join(home, '.cdk.json'), { context: { centre: 'home', stage: 'home', maxAttempts: 1, transferSlots: 1 } });
    write(join(checkout, 'cdk.context.json'), { centre: 'kept', stage: 'kept', maxAttempts: 2 });
    write(join(checkout, 'cdk.json'), { app: 'node infra/app.ts', context: { centre: 'checkout', stage: 'checkout' } });
    expect(readContext(['centre=given', 'holdTypes=a=b'], checkout, home)).toEqual({
      centre: 'given',
      stage: 'checkout',
      maxAttempts: 2,
      transferSlots: 1,
      holdTypes: 'a=b',
    });
  });

  it('are none when nothing has any', () => {
    const checkout = temporary();
    write(join(checkout, 'cdk.json'), { app: 'node infra/app.ts' });
    expect(readContext([], checkout, temporary())).toEqual({});
  });

  it.each(['holdTypes', '=x', ''])('are not guessed: %j', (text) => {
    expect(() => readContext([text], temporary(), temporary())).toThrow(
      `-c ${text}: a setting is given as -c name=value`,
    );
  });

  it('are refused in a file that is broken, by its name', () => {
    const checkout = temporary();
    writeFileSync(join(checkout, 'cdk.json'), '{"context": ');
    expect(() => readContext([], checkout, temporary())).toThrow(`${join(checkout, 'cdk.json')} can't be read`);
  });

  it('reach the functions', { timeout: 120_000 }, async () => {
    const signal = AbortSignal.timeout(100_000);
    const [plain, held] = [await synthesize(signal), await synthesize(signal, { holdTypes: 'DeleteProject' })];
    expect(holdTypes(plain)).toEqual(['']);
    expect(holdTypes(held)).toEqual(['DeleteProject']);
  });

  it('may be any that there are: what one machine has no use for is left out', { timeout: 120_000 }, async () => {
    const settings = { vpc: true, dataEvents: true, monthlyBudget: 10, alarmEmails: 'a@pages.example', pollMinutes: 5 };
    const { template } = readAssembly(await synthesize(AbortSignal.timeout(100_000), settings));
    const resources = readResources(template, 'http://127.0.0.1:1');
    expect(resources.outputs.get('EgressAddress')).toBeTruthy();
    expect(resources.of('AWS::Lambda::Function').length).toBeGreaterThan(10);
  });

  it.each([
    ['holdTypes=DeleteProjekt', 'holdTypes must be a comma-separated list of CreateProject'],
    ['holdtypes=DeleteProject', 'There is no setting holdtypes'],
  ])('are refused when they are wrong: %s', { timeout: 120_000 }, async (setting, message) => {
    const refused = start(['-c', setting]);
    expect(await refused.ended).toBe(2);
    expect(refused.output()).toContain(message);
    expect(refused.output()).not.toMatch(/^\s+at /m);
  });
});

function holdTypes(assembly: string): string[] {
  const functions = Object.values(readAssembly(assembly).template.Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  const values = functions.flatMap(
    ({ Properties }) => /"HOLD_TYPES":"(.*?)"/.exec(JSON.stringify(Properties))?.[1] ?? [],
  );
  return [...new Set(values)];
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'context-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const write = (file: string, content: object) => writeFileSync(file, JSON.stringify(content));
