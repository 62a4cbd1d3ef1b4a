import { describe, expect, it } from 'vitest';
import { configuration } from '../../shared/platform/configuration.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';

describe('configuration', () => {
  it('reads what is asked for, in its own type', () => {
    const environment = {
      MESSAGES_TABLE: 'm',
      QUEUE_URLS: '{"CreateProject":"https://sqs.example/q"}',
      POLL_SECONDS: '60',
      STRICT_MESSAGES: 'false',
      HOLD_MISMATCHES_OF: 'CreateProject,DeleteProject',
      FURTHER: 'ignored',
    };
    expect(
      configuration(
        ['MESSAGES_TABLE', 'QUEUE_URLS', 'POLL_SECONDS', 'STRICT_MESSAGES', 'HOLD_MISMATCHES_OF'],
        environment,
      ),
    ).toEqual({
      MESSAGES_TABLE: 'm',
      QUEUE_URLS: { CreateProject: 'https://sqs.example/q' },
      POLL_SECONDS: 60,
      STRICT_MESSAGES: false,
      HOLD_MISMATCHES_OF: ['CreateProject', 'DeleteProject'],
    });
  });

  it('reads an empty list of types as none', () => {
    expect(configuration(['HOLD_MISMATCHES_OF'], { HOLD_MISMATCHES_OF: '' })).toEqual({ HOLD_MISMATCHES_OF: [] });
  });

  it.each([
    ['MESSAGES_TABLE', undefined],
    ['MESSAGES_TABLE', ''],
    ['PORTAL_URL', 'canary'],
    ['QUEUE_URLS', '{"canary'],
    ['QUEUE_URLS', '{"CreateProject":"canary"}'],
    ['POLL_SECONDS', 'canary'],
    ['POLL_SECONDS', '0'],
    ['MAX_ATTEMPTS', '1.5'],
    ['MAX_ATTEMPTS', '-1'],
    ['STRICT_MESSAGES', 'canary'],
    ['LARGE_FILE_ENCODING', 'canary'],
  ] as const)('refuses %s = %s, naming the variable and not the value', (variable, value) => {
    const read = () => configuration([variable], { [variable]: value });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(variable);
    expect(read).not.toThrow('canary');
  });

  it('names everything that is wrong at once', () => {
    expect(() => configuration(['CENTRE', 'POLL_SECONDS', 'FILES_BUCKET'], { POLL_SECONDS: 'x' })).toThrow(
      /CENTRE.*POLL_SECONDS.*FILES_BUCKET/,
    );
  });
});
