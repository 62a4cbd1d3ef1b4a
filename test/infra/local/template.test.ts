import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, resolve, type Scope } from '../../../infra/local/template.ts';

const scope: Scope = {
  ref: (name) =>
    new Map([
      ['AWS::Region', 'eu-north-1'],
      ['Queue', 'http://queue'],
    ]).get(name),
  attribute: (id, name) => (id === 'Queue' && name === 'Arn' ? 'arn:aws:sqs:eu-north-1:0:q' : undefined),
};

describe('intrinsic functions', () => {
  it.each<[string, Json, Json]>([
    ['Ref', { Ref: 'Queue' }, 'http://queue'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-north-1:0:q'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Queue.Arn' }, 'arn:aws:sqs:eu-north-1:0:q'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 1]] }, 'a-eu-north-1-1'],
    [
      'Fn::Select of Fn::Split',
      { 'Fn::Select': [3, { 'Fn::Split': [':', { 'Fn::GetAtt': 'Queue.Arn' }] }] },
      'eu-north-1',
    ],
    [
      'Fn::Sub',
      { 'Fn::Sub': `\${Queue.Arn}/\${AWS::Region}/\${!Literal}` },
      `arn:aws:sqs:eu-north-1:0:q/eu-north-1/\${Literal}`,
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': [`\${Mine} \${Queue}`, { Mine: { Ref: 'Queue' } }] },
      'http://queue http://queue',
    ],
    ['AWS::NoValue', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    [
      'functions within functions',
      { x: [{ 'Fn::Join': ['', [{ 'Fn::Sub': `\${Queue}` }, '!']] }] },
      { x: ['http://queue!'] },
    ],
  ])('%s', (_name, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each<[string, Json, string]>([
    ['a reference to nothing', { Ref: 'Nobody' }, 'Nobody'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Queue', 'Colour'] }, 'Colour'],
    ['an unknown function', { 'Fn::If': ['a', 'b', 'c'] }, 'Fn::If'],
    ['an index out of range', { 'Fn::Select': [2, ['a', 'b']] }, 'no item 2'],
  ])('refuses %s', (_name, value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });

  it('leaves values without functions as they are', () => {
    const plain = fc.jsonValue().filter((value) => !/"(Ref|Fn::[^"]*)":/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, (value) => {
        const json: Json = JSON.parse(JSON.stringify(value));
        expect(resolve(json, scope)).toEqual(json);
      }),
    );
  });

  it('joins what it split', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string({ minLength: 1 }), (parts, delimiter) => {
        const text = parts.join(delimiter);
        expect(resolve({ 'Fn::Join': [delimiter, { 'Fn::Split': [delimiter, text] }] }, scope)).toBe(text);
      }),
    );
  });

  it('puts values into Fn::Sub unread, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(resolve({ 'Fn::Sub': [`<\${Value}>`, { Value: text }] }, scope)).toBe(`<${text}>`);
      }),
    );
  });
});
