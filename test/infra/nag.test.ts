import { describe, expect, it } from 'vitest';
import { allOptions, findings } from './nag.ts';

describe('cdk-nag, AWS Solutions', () => {
  it('finds nothing that is not accepted for a reason, told where the resource is defined', () => {
    expect(findings('AwsSolutions')).toEqual([]);
  });

  it('finds nothing else with every option', () => {
    expect(findings('AwsSolutions', allOptions)).toEqual([]);
  });

  it.each(Object.entries(allOptions))('finds nothing else with the option %s alone', (name, value) => {
    expect(findings('AwsSolutions', { [name]: value })).toEqual([]);
  });
});
