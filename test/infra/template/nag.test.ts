import { describe, expect, it } from 'vitest';
import { allOptions, findings, options } from './nag.ts';

describe('cdk-nag, AWS Solutions', () => {
  it('finds nothing that is not accepted for a reason, told where the resource is defined', () => {
    expect(findings('AwsSolutions')).toEqual([]);
  });

  it('finds nothing else with every option', () => {
    expect(findings('AwsSolutions', allOptions)).toEqual([]);
  });

  it.each(Object.entries(options))('finds nothing else with the option %s alone', (_, settings) => {
    expect(findings('AwsSolutions', settings)).toEqual([]);
  });
});
