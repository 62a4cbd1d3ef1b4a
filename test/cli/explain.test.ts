import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { escapeJson, prettyJson } from '../../infra/cli/explain/safe-json.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { transferKey } from '../../shared/messages/transfers-line.ts';
import { requestOf } from '../../shared/operate/explain/message-request.ts';
import { raiseIncident } from '../../shared/operations/incidents.ts';
import { updateExpression } from '../../shared/platform/dynamodb.ts';
import { parseJson } from '../../shared/portal/json.ts';
import { messageTypes } from '../../shared/portal/message-schema.ts';
import { parseMessage } from '../../shared/portal/parse-message.ts';
import { projectKey, projectWorkspaceKey } from '../../shared/workspaces/keys.ts';
import { damageFile } from '../support/damaged-file.ts';
import { create, disable, grant, play, reset, revoke } from '../support/messages.ts';
import { hour } from '../support/world.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();

/** A gateway with a message that the portal has refused for good, and one that waits behind it. */
async function withHeld(): Promise<OperatedWorld> {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'));
  await world.portal.setFaults({
    rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
  });
  await play(world, reset('a'), grant('p', 'b'));
  await world.portal.clearFaults();
  return world;
}

/** Runs the command that a screen shows, with a reason. */
async function paste(world: OperatedWorld, output: string, pattern: RegExp) {
  const [, command = ''] = pattern.exec(output) ?? [];
  const words = command.split(' ').flatMap((word) => (word === "'…'" ? ['a good reason'] : [word]));
  const here = words.indexOf('--data-dir');
  return world.operate(...words.toSpliced(here, 2), '--yes');
}

describe('npm run operator -- messages ID', () => {
  it('tells what DST wants, why it stands, what can be done and what that does', async () => {
    const world = await withHeld();
    const { code, output, errors } = await world.operate('messages', 'm-3');
    expect([code, errors]).toEqual([0, '']);
    expect(output).toContain('ResetPassword m-3\n');
    expect(output).toMatch(/ {2}state +held; was applied\n {2}project +p\n/);
    expect(output).toContain('Request:\n  DST wants a new one-time password for access a.\n');
    expect(output).toContain('    "data": {\n      "accessIdentifier": "a"\n    }\n');
    expect(output).toMatch(/Standing:\n {2}It needs a person\.\n {2}attempts-used-up: expected .*403/);
    expect(output).toMatch(/Line:\n {2}→ held +ResetPassword +m-3\n {4}open +CreateProjectAccess +m-4\n/);
    expect(output).toMatch(
      /npm run operator -- incidents retry \w{32} --reason '…' --data-dir \S+\n {6}ResetPassword m-3 will/,
    );
    expect(output).toMatch(/npm run operator -- incidents dismiss \w{32} .*\n {6}ResetPassword m-3 will be dismissed/);
    expect(output).toContain('Runbook:\n  infra/monitoring/RUNBOOK.md#attempts-used-up\n');

    const done = await paste(world, output, /npm run operator -- (incidents retry .*)/);
    expect(done).toMatchObject({ code: 0, errors: '' });
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
  });

  it('tells of a deleted access that workspaces are still being removed', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const { db } = world.context;
    const quietAt = world.clock.now() + hour;
    const note = { Key: { accessIdentifier: 'a' }, ...updateExpression({ workspaceUser: 7 }) };
    await db.send(new UpdateCommand({ TableName: world.tables.users, ...note }));
    const rows = [
      { ...projectKey('p'), projectNo: 'p' },
      { ...projectWorkspaceKey('p', 1), userId: 7, workspaceId: 1, projectCreatedAt: 0, quietAt },
    ];
    for (const Item of rows) await db.send(new PutCommand({ TableName: world.tables.workspaces, Item }));
    const [messageId = ''] = await play(world, revoke('a'));
    const { output } = await world.operate('messages', messageId);
    expect(output).toMatch(/Standing:\n {2}It is in effect; jobs and workspaces of the person are being removed/);
  });

  it('tells what a message waits for', async () => {
    const world = await withHeld();
    const { output } = await world.operate('messages', 'm-4');
    expect(output).toContain('It waits for ResetPassword m-3, which is held, before it in its line.');
    expect((await world.operate('messages', 'm-1')).output).toContain('Nothing has to be done by a person.');
    const [json] = await world.json('messages', 'm-4');
    expect(json).toMatchObject({
      messageId: 'm-4',
      request: 'DST wants access b to project p, and its login name and one-time password.',
      choices: [{ command: expect.stringContaining('messages requeue m-4') }],
    });
    expect(json).not.toHaveProperty('raw');
  });

  it('tells that a message waits for one of another line', async () => {
    const world = await newWorld({ holdTypes: ['DeleteProjectAccess'] });
    await play(world, create('p'), create('q'), grant('p', 'a'), revoke('a'), grant('q', 'a'));
    const { output } = await world.operate('messages', 'm-5');
    expect(output).toContain('It waits for DeleteProjectAccess m-4, which is held, in line project#p.');
  });

  it('tells that one waits for its next try, and how it is put to work at once', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /user-accesses'] }] });
    await play(world, grant('p', 'a'));
    const { output } = await world.operate('messages', 'm-2');
    expect(output).toMatch(/It is its turn; it is put to work again in/);
    expect(output).toMatch(/Last error: PortalError: POST \/user-accesses: 500/);
    expect(output).toContain('messages requeue m-2');
  });

  it('shows what can not be read as it came, harmless to a terminal', async () => {
    const world = await newWorld();
    await world.portal.send('CreateUnicorn', { name: '\u001b[31m\u202e', size: 1 }, { messageId: 'x' });
    await world.run();
    const { output } = await world.operate('messages', 'x');
    expect(output).toContain("Unknown: it can't be read.");
    expect(output).toContain('"name": "\\u001b[31m\\u202e"');
    expect(output).toMatch(/incidents retry: of no use\. Message x can't be read/);
    expect(output).toMatch(/incidents dismiss \w{32} --reason/);
  });

  it('refuses options for a list', async () => {
    const world = await withHeld();
    for (const args of [
      ['messages', 'm-3', '--project', 'p'],
      ['users', 'a', '--limit', '1'],
      ['files', 'f', '--watch'],
    ]) {
      expect(await world.operate(...args)).toMatchObject({ code: 2, errors: expect.stringContaining('Give either a') });
    }
  });
});

describe('npm run operator -- incidents ID, projects N and users ID', () => {
  it('tell of one thing, with what is open about it', async () => {
    const world = await withHeld();
    const [incident] = await world.json('incidents');
    const id = String(incident?.incidentId);
    const shown = await world.operate('incidents', id.slice(0, 6));
    expect(shown.output).toMatch(/state +open\n {2}about +m-3\n {2}project +p\n {2}message +m-3\n/);
    expect(shown.output).toContain('DST wants a new one-time password for access a.');
    expect(shown.output).toContain(`npm run operator -- incidents retry ${id} --reason '…'`);
    expect(shown.output).toContain('npm run operator -- messages m-3 --data-dir');

    const project = await world.operate('projects', 'p');
    expect(project.output).toMatch(/accesses +1 enabled\n {2}files +none\n/);
    expect(project.output).toMatch(/Incidents:\n {2}attempts-used-up of m-3/);
    const user = await world.operate('users', 'a');
    expect(user.output).toMatch(/state +enabled\n {2}project +p\n {2}login name +dst/);
    expect(user.output).toContain('ResetPassword');
    expect(user.output).not.toContain((await world.rows.user('a'))?.passwordHash);

    await world.operate('incidents', 'dismiss', id, '--reason', 'x', '--yes');
    expect((await world.operate('incidents', id)).output).toMatch(/state +dismissed by .*: x\n/);
  });

  it('say so when there is none', async () => {
    const world = await newWorld();
    expect(await world.operate('incidents', 'abc')).toMatchObject({ code: 1, errors: 'There is no incident abc\n' });
    expect(await world.operate('users', 'abc')).toMatchObject({ code: 1, errors: 'There is no access abc\n' });
    expect(await world.operate('files', 'abc')).toMatchObject({ code: 1, errors: 'There is no file abc\n' });
    const { code, errors } = await world.operate('projects', 'abc');
    expect([code, errors]).toEqual([1, expect.stringMatching(/There is no project abc\. .* history 'project#abc'/)]);
  });

  it('tell what an access waits for that is disabled', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), disable('a'));
    expect((await world.operate('users', 'a')).output).toMatch(/state +disabled\n/);
  });
});

describe('npm run operator -- files ID', () => {
  it('tells of a file that failed, and has its delivery end without it by the command that it names', async () => {
    const world = await withFailedFile();
    const { output } = await world.operate('files', 'f-');
    expect(output).toMatch(/^File f-1\n {2}state +failed\n {2}project +p\n/);
    expect(output).toContain('DST wants it to be kept for project p.');
    expect(output).toContain('file-failed: expected the right MD5; found another');
    expect(output).toMatch(/incidents retry \w{32} .*\n {6}File f-1 will be fetched again/);
    expect(output).toMatch(/incidents dismiss \w{32} --whole-delivery --reason .*\n {6}DataDeliveryReady m-2 will be/);
    expect((await world.operate('incidents')).output).toMatch(/file-failed +open +1 +\S+ \S+ +p +m-2 +f-1 +expected/);

    const done = await paste(world, output, /npm run operator -- (incidents dismiss .*)/);
    expect(done).toMatchObject({ code: 0, errors: '' });
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    expect(await world.json('incidents')).toEqual([]);
  });
});

describe('npm run operator -- files ID of a damaged file', () => {
  const fetching = /npm run operator -- (files fetch-again f-1 .*)\n {6}File f-1 will be fetched from DST again/;

  it('names the command that has it fetched from DST again, for as long as it can be', async () => {
    const world = await withDamagedFile();
    const { output } = await world.operate('files', 'f-1');
    expect(output).not.toContain('Nothing has to be done by a person');
    expect(output).toMatch(/Standing:\n {2}It is stored.*\n {2}file-damaged: expected the file is returned; found no/);
    expect(output).toContain('Runbook:\n  infra/monitoring/RUNBOOK.md#file-damaged\n');
    const [incident] = await world.json('incidents');
    for (const words of [
      ['files', 'f-1'],
      ['messages', 'm-3'],
      ['incidents', String(incident?.incidentId)],
    ]) {
      expect((await world.operate(...words)).output).toMatch(fetching);
    }

    expect(await paste(world, output, fetching)).toMatchObject({ code: 0, errors: '' });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'working' });
    expect((await world.operate('files', 'f-1')).output).toContain('Nothing has to be done by a person.');
  });

  it('says why it can not be fetched when it is being fetched already', async () => {
    const world = await withDamagedFile();
    await world.rows.change('files', { fileId: 'f-1' }, { state: 'pending' });
    expect((await world.operate('files', 'f-1')).output).toContain(
      'files fetch-again: of no use. File f-1 is being fetched already',
    );
  });
});

async function withDamagedFile(): Promise<OperatedWorld> {
  const world = await newWorld();
  await damageFile(world);
  return world;
}

/** A gateway with a delivery whose one file could not be fetched. */
async function withFailedFile(): Promise<OperatedWorld> {
  const world = await newWorld();
  await play(world, create('p'));
  const files = [{ fileId: 'f-1', fileSize: 1, fileChecksum: '0'.repeat(32) }];
  await play(world, ['DataDeliveryReady', { projectNo: 'p', files }]);
  const { line, position } = await world.rows.message('m-2');
  await world.rows.change(
    'messages',
    { messageId: 'm-2' },
    { state: 'held', heldFrom: 'working', leaseUntil: undefined },
  );
  await world.rows.change('lines', { line, position }, { state: 'held' });
  const [file] = await world.rows.all<FileRow>('files');
  await world.rows.change('files', { fileId: 'f-1' }, { state: 'failed' });
  await world.rows.delete('lines', transferKey(file?.position ?? ''));
  const found = { expected: 'the right MD5', found: 'another' };
  await raiseIncident(world.context, { kind: 'file-failed', subject: 'f-1', messageId: 'm-2', ...found });
  return world;
}

describe('what DST wants', () => {
  it.each(messageTypes)('is said of %s, with what it is about', (messageType) => {
    const files = [{ fileId: 'f-1', fileChecksum: 'x' }];
    const data = { projectNo: '7001', accessIdentifier: 'a-1', fileId: 'f-1', files, dataDeliveryId: 'd' };
    const message = parseMessage(JSON.stringify({ messageId: 'm', messageType, data }));
    const request = message.readable ? requestOf(message.content) : '';
    expect(request).toMatch(/^DST wants .*(7001|a-1|f-1).*\.$/);
  });
});

describe('JSON that is shown', () => {
  it('keeps numbers as they came, and nothing in it does anything to a terminal', () => {
    const text = '{"id":12345678901234567890,"list":[1.50,{"a":"\\u009b\u{e0041}"}],"none":{},"no":[]}';
    expect(prettyJson(parseJson(text))).toEqual([
      '{',
      '  "id": 12345678901234567890,',
      '  "list": [',
      '    1.50,',
      '    {',
      '      "a": "\\u009b\\udb40\\udc41"',
      '    }',
      '  ],',
      '  "none": {},',
      '  "no": []',
      '}',
    ]);
    expect(JSON.parse(escapeJson(JSON.stringify('\u0085\u202e')))).toBe('\u0085\u202e');
  });
});
