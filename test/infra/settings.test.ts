import { randomBytes } from 'node:crypto';
import { App } from 'aws-cdk-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSettings, readSettings, settingVariables } from '../../infra/settings.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { standardParameters } from '../../shared/workspaces/job-parameters.ts';
import { synthesize } from './template/synthesis.ts';

describe('settings', () => {
  it('have defaults', () => {
    expect(parseSettings({})).toEqual({
      centre: 'centre',
      portalUrl: 'https://no-portal.invalid/HPCApi',
      pollMinutes: 1,
      strictMessages: false,
      hideUnknownUsers: false,
      holdMismatchesOf: [],
      holdTypes: [],
      mismatchesPerHour: 100,
      maxAttempts: 10,
      transferSlots: 8,
      checksumTries: 3,
      rangesInFlight: 4,
      firstByteSeconds: 120,
      minBytesPerSecond: 20_000,
      mebibytesInFlight: 64,
      maxConcurrency: 2,
      taskAboveBytes: 2_950_000_000,
      maxFormBytes: 2_000_000_000,
      largeFileEncoding: 'octet-stream',
      alarmEmails: [],
      apiGatewayLogRole: true,
      apiOrigins: [],
      apiRequestsPerSecond: 2_000,
      runbookUrl: 'infra/monitoring/RUNBOOK.md',
      monthlyBudget: 0,
      logRetentionDays: 90,
      stage: 'production',
      vpc: false,
      dataEvents: false,
      readerRoleArns: {},
      workspaces: {},
    });
  });

  it('come from the CDK context, as text from the command line or in their own type from a file', () => {
    const app = new App({ context: { centre: 'kbh', pollMinutes: '3', strictMessages: true, maxAttempts: 4 } });
    expect(readSettings(app.node)).toMatchObject({
      centre: 'kbh',
      pollMinutes: 3,
      strictMessages: true,
      maxAttempts: 4,
    });
  });

  it.each([
    ['https://dst.example/HPCApi', 'https://dst.example/HPCApi'],
    ['https://dst.example/HPCApi//', 'https://dst.example/HPCApi'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.1:8080/api/', 'http://127.0.0.1:8080/api'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('take the portal %s, without a slash at its end', (portalUrl, expected) => {
    expect(parseSettings({ portalUrl }).portalUrl).toBe(expected);
  });

  it('take a configuration of workspaces of thousands of characters, which functions read whole', () => {
    const resource = (key: string) => ({
      name: `Resource ${key}`,
      resource_type: 'fargate',
      capabilities: { gpu_enabled: false, max_cpus: 16, max_memory_mb: 122_880, max_time_minutes: 720 },
      selection_criteria: { priority: 40, cost_per_core_hour: 0.05, preferred_for_job_types: ['batch'] },
      connection_details: { image: `public.ecr.aws/docker/library/${key}@sha256:${randomBytes(32).toString('hex')}` },
    });
    const keys = ['python', 'r-base', 'julia', 'octave'];
    const workspaces = {
      parameters: standardParameters,
      available_resources: Object.fromEntries(keys.map((key) => [key, resource(key)])),
    };
    expect(JSON.stringify(workspaces).length).toBeGreaterThan(2_000);
    const { WORKSPACES } = settingVariables(parseSettings({ workspaces }));
    expect(WORKSPACES.length).toBeLessThan(1_500);
    expect(configuration(['WORKSPACES'], { WORKSPACES })).toEqual({ WORKSPACES: workspaces });
    for (const broken of ['deflate:', 'deflate:AAAA', '{']) {
      expect(() => configuration(['WORKSPACES'], { WORKSPACES: broken })).toThrow(ConfigurationError);
    }
  });

  it('refuse a configuration of workspaces that is too long for a variable', () => {
    const name = randomBytes(1_500).toString('base64');
    const workspaces = { available_job_types: { a: { name, job_type: 'batch' } } };
    expect(() => parseSettings({ workspaces })).toThrow('1500 characters');
  });

  it('take a configuration of workspaces, as an object or its JSON', () => {
    const workspaces = { api_user_authentication: 'api_clients', limits: { user: { max_disk_space: 5 } } };
    expect(parseSettings({ workspaces }).workspaces).toEqual(workspaces);
    expect(parseSettings({ workspaces: JSON.stringify(workspaces) }).workspaces).toEqual(workspaces);
  });

  it.each([
    ['{', 'must be a configuration of workspaces'],
    ['[]', 'expected object'],
    [{ api_user_authentication: 'pam' }, 'api_user_authentication'],
    [{ limits: { user: { max_disk_space: -1 } } }, 'max_disk_space'],
    [{ unknown: 1 }, 'unknown'],
    [{ available_job_types: { 'a b': { name: '', job_type: '' } } }, 'available_job_types'],
  ])('refuse the configuration of workspaces %j', (workspaces, text) => {
    expect(() => parseSettings({ workspaces })).toThrow(text);
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('take strictMessages %s', (strictMessages, expected) => {
    expect(parseSettings({ strictMessages }).strictMessages).toBe(expected);
  });

  it('take types whose mismatches are held, as a list with commas', () => {
    expect(parseSettings({ holdMismatchesOf: 'CreateProject, DeleteProject,' }).holdMismatchesOf).toEqual([
      'CreateProject',
      'DeleteProject',
    ]);
    expect(parseSettings({ holdMismatchesOf: '' }).holdMismatchesOf).toEqual([]);
  });

  it.each([
    ['centre', '', /centre must be 1 to 64 letters/],
    ['centre', 'a b', /centre must be 1 to 64 letters/],
    ['portalUrl', 'dst.example', /portalUrl must be https/],
    ['portalUrl', 'http://dst.example', /portalUrl must be https/],
    ['portalUrl', 'http://localhost.dst.example', /portalUrl must be https/],
    ['portalUrl', 'ftp://localhost', /portalUrl must be https/],
    ['portalUrl', 'https://user:word@dst.example', /portalUrl must be https.* without user/],
    ['portalUrl', 'https://dst.example/?a=b', /portalUrl must be https.* query/],
    ['runbookUrl', 'wiki/RUNBOOK.md', /runbookUrl must be a whole URL/],
    ['runbookUrl', 'https://wiki.example/RUNBOOK.md#dead-letters', /runbookUrl must be a whole URL.* without fragment/],
    ['runbookUrl', 'javascript:alert(1)', /runbookUrl must be a whole URL/],
    [
      'runbookUrl',
      `https://wiki.example/${'a'.repeat(500)}`,
      /runbookUrl must be a whole URL.* of 500 characters at most/,
    ],
    ['pollMinutes', '0', /pollMinutes must be a whole number from 1 to 60/],
    ['pollMinutes', '1.5', /pollMinutes must be a whole number from 1 to 60/],
    ['pollMinutes', 'often', /pollMinutes must be a whole number from 1 to 60/],
    ['strictMessages', 'perhaps', /strictMessages must be true or false/],
    ['holdMismatchesOf', 'CreateProjects', /holdMismatchesOf must be a comma-separated list of CreateProject, /],
    ['mismatchesPerHour', '0', /mismatchesPerHour must be a whole number from 1 to 1000000/],
    ['maxAttempts', '-1', /maxAttempts must be a whole number from 1 to 1000/],
    ['transferSlots', '', /transferSlots must be a whole number from 1 to 1000/],
    ['checksumTries', '0', /checksumTries must be a whole number from 1 to 100/],
    ['rangesInFlight', '0', /rangesInFlight must be a whole number from 1 to 32/],
    ['firstByteSeconds', '151', /firstByteSeconds must be a whole number from 1 to 150/],
    ['minBytesPerSecond', '-1', /minBytesPerSecond must be a whole number from 0 to 100000000/],
    ['mebibytesInFlight', '16', /mebibytesInFlight must be a whole number from 24 to 1024/],
    ['maxConcurrency', '1', /maxConcurrency must be a whole number from 2 to 1000/],
    ['maxFormBytes', '2000000001', /maxFormBytes must be a whole number from 1 to 2000000000/],
    ['taskAboveBytes', '0', /taskAboveBytes must be a whole number from 1 to 44250000000/],
    ['taskAboveBytes', '44250000001', /taskAboveBytes must be a whole number from 1 to 44250000000/],
    ['largeFileEncoding', 'zip', /largeFileEncoding must be octet-stream or form-data/],
    ['alarmEmails', 'operators', /alarmEmails.* must be e-mail addresses, by comma/],
    ['alarmEmails', 'bo@centre.example;li@centre.example', /alarmEmails.* must be e-mail addresses, by comma/],
    ['monthlyBudget', '-1', /monthlyBudget must be a whole number from 0 to 1000000/],
    ['monthlyBudget', '99.5', /monthlyBudget must be a whole number from 0 to 1000000/],
    ['monthlyBudget', '1000001', /monthlyBudget must be a whole number from 0 to 1000000/],
    ['monthlyBudget', 'none', /monthlyBudget must be a whole number from 0 to 1000000/],
    ['monthlyBudget', '', /monthlyBudget must be a whole number from 0 to 1000000/],
    ['monthlyBudget', ' ', /monthlyBudget must be a whole number from 0 to 1000000/],
    ['logRetentionDays', '42', /logRetentionDays must be one of .*30.*/],
    ['logRetentionDays', '9999', /logRetentionDays must be one of /],
    ['logRetentionDays', 'ever', /logRetentionDays must be one of /],
    ['stage', 'my-test', /stage must be 1 to 16 small letters and digits/],
    ['vpc', 'yes please', /vpc must be true or false/],
    ['permissionsBoundary', 'boundary', /permissionsBoundary must be the ARN of an IAM policy/],
    ['readerRoleArns', '1001', /readerRoleArns.* must be a comma-separated list of projectNo=ARN/],
    ['readerRoleArns', '*=arn:aws:iam::123456789012:role/all', /readerRoleArns.* must be a comma-separated list/],
    ['readerRoleArns', '1001=arn:aws:iam::123456789012:user/one', /readerRoleArns.* must be a comma-separated list/],
    ['readerRoleArns', '1001=arn:aws:iam::123456789012:role/a,b', /readerRoleArns.* with a comma in its name/],
    ['readerRoleArns', '1001=arn:aws:iam::123456789012:role/a,', /readerRoleArns.* with a comma in its name/],
    ['readerRoleArns', '1001=arn:aws:iam::123456789012:role/a,b=c', /readerRoleArns.* with a comma in its name/],
  ])('refuse %s "%s", naming it and its rule', (name, value, message) => {
    const parse = () => parseSettings({ [name]: value });

    expect(parse).toThrow(ConfigurationError);
    expect(parse).toThrow(message);
  });

  it('give no name that AWS refuses: those at the limit are taken, longer ones are not', () => {
    const [centre, stage] = ['c'.repeat(42), 's'.repeat(16)];
    const most = { 'StepFunctions::StateMachine': 80, 'CloudWatch::Alarm': 255, 'CloudTrail::Trail': 128 };
    const atLimit = synthesize({ centre, stage, dataEvents: true });
    for (const [type, limit] of Object.entries(most)) {
      const names = Object.values(atLimit.resources(`AWS::${type}`)).map(
        ({ Properties }) => Properties.StateMachineName ?? Properties.AlarmName ?? Properties.TrailName,
      );
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(String(name).length, String(name)).toBeLessThanOrEqual(limit);
    }

    const tooLong = () => parseSettings({ centre: `${centre}c`, stage });
    expect(tooLong).toThrow(ConfigurationError);
    expect(tooLong).toThrow(/centre and stage must be 58 characters at most together.*-transfer/);
  });

  it('take addresses, and a budget or none', () => {
    const alarmEmails = 'bo@centre.example, li@centre.example,';
    expect(parseSettings({ alarmEmails, monthlyBudget: '0' })).toMatchObject({
      alarmEmails: ['bo@centre.example', 'li@centre.example'],
      monthlyBudget: 0,
    });
    expect(parseSettings({ monthlyBudget: 300 }).monthlyBudget).toBe(300);
  });

  it('take readers as text, and from a file as an object', () => {
    const [one, two] = ['one', 'two'].map((name) => `arn:aws:iam::123456789012:role/${name}`);
    const readerRoleArns = { '1001': [one, two], '1002': [two] };
    expect(parseSettings({ readerRoleArns: `1001=${one}, 1001=${two},1002=${two}` })).toMatchObject({ readerRoleArns });
    expect(parseSettings({ readerRoleArns })).toMatchObject({ readerRoleArns });
  });

  it('take readers by all of a name, which may hold more than letters: a part of it is another role', () => {
    const arn = 'arn:aws:iam::123456789012:role/path/a=b+c.d@e_f-g';
    const withComma = 'arn:aws:iam::123456789012:role/a,b';
    expect(parseSettings({ readerRoleArns: `1001=${arn},1002=${arn}=` }).readerRoleArns).toEqual({
      '1001': [arn],
      '1002': [`${arn}=`],
    });
    expect(parseSettings({ readerRoleArns: { '1001': [withComma] } }).readerRoleArns).toEqual({ '1001': [withComma] });
    expect(parseSettings({ readerRoleArns: '' }).readerRoleArns).toEqual({});
  });

  it('that nobody knows are refused, with those that there are', () => {
    const app = new App({ context: { portalURL: 'https://portal.example' } });
    expect(() => readSettings(app.node)).toThrow(/There is no setting portalURL; there are .*portalUrl/);
  });

  it('tell of every problem at once', () => {
    expect(() => parseSettings({ maxAttempts: 0, maxConcurrency: 0 })).toThrow(
      /maxAttempts must .*; maxConcurrency must/,
    );
  });

  it('never let the API key go unencrypted to another machine', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['http', 'https'] }), (portalUrl) => {
        const parse = () => parseSettings({ portalUrl: portalUrl.replace(/[?#].*$/, '') });
        if (portalUrl.startsWith('https:')) expect(parse).not.toThrow();
        else expect(parse).toThrow(/portalUrl/);
      }),
    );
  });
});
