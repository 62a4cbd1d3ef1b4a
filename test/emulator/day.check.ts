import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { expectTold, type Story, tellStory } from '../end-to-end/story.ts';
import { useDeployed } from './setup.ts';

/*
 * What the emulator does by itself: CloudFormation, event source mappings, notifications of the bucket, the state machine, and
 * the schedules, each minute. What is missing, and made up for in serve.py: budgets, archives, saved queries, alarms over metric
 * math, the CRC32 of a whole multipart object. What is not tried here: rights, as the emulator lets everything pass, and the task
 * on Fargate, for which it needs Docker.
 */
const deployed = useDeployed();
const patience = { timeout: 120_000, interval: 250 };
const allTypes = 12;

/** Waits until the portal has everything marked. The schedule polls each minute; what is asked for here comes sooner. */
async function untilMarked(): Promise<void> {
  await deployed().invoke('Poll');
  await vi.waitFor(async () => expect(await deployed().portal.pending()).toBe(0), patience);
}

describe('the app as it is deployed', () => {
  let story: Story;

  it('plays a day with messages of all types, one file of many parts among them', async () => {
    const { portal } = deployed();
    story = await tellStory(portal, (word) => `${word}-1`, 50_000_000);
    for (const element of story.elements) await portal.sendRaw(element);

    await untilMarked();

    await expectTold(deployed(), [story]);
    expect((await portal.snapshot()).messages).toHaveLength(allTypes);
    expect(await deployed().rows('incidents')).toEqual([]);
    expect(await deployed().rows('lines')).toEqual([]);
  });

  it('keeps the CRC32 of a whole object that came in parts', async () => {
    const { read, kept } = await deployed().sumsOf(`projects/${story.name('project')}/files/${story.name('file')}`);
    expect(kept).toEqual(read);
  });

  it('gives out the one-time password that the portal was told', async () => {
    const accessIdentifier = `${story.name('access')}`;
    const { credentials } = await deployed().portal.snapshot();
    const { oneTimePassword } = credentials.get(accessIdentifier)?.at(-1) ?? {};
    expect(await deployed().invoke('TakeOneTimePassword', { accessIdentifier })).toMatchObject({ oneTimePassword });
  });

  it('sends a result that is put into the outbox, of which the bucket tells', async () => {
    const { portal, putObject, objects } = deployed();
    const text = 'mean;3.5\n'.repeat(1_000);
    await putObject(`outbox/${story.name('project')}/means.csv`, text);

    await vi.waitFor(async () => {
      const { received } = await portal.snapshot();
      const md5 = createHash('md5').update(text).digest('hex');
      expect(received).toContainEqual(expect.objectContaining({ fileName: 'means.csv', md5 }));
      expect(await objects('files')).not.toContainEqual(expect.stringContaining('outbox/'));
    }, patience);
  });

  it('leaves nothing of a project that is deleted but its history', async () => {
    const { portal, rows, objects, uploads } = deployed();
    await portal.send('DeleteDataFile', { fileId: story.name('file') });
    await portal.send('DeleteProject', { projectNo: story.name('project') });

    await untilMarked();

    expect(await Promise.all([rows('projects'), rows('users'), rows('files'), rows('lines')])).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(await Promise.all([objects('files'), uploads()])).toEqual([[], []]);
    const history = await rows('history');
    expect(history).toContainEqual(expect.objectContaining({ subject: 'project#project-1', event: 'deleted' }));
    expect((await portal.snapshot()).violations).toEqual([]);
  });

  it('has no dead letters and no failed runs', async () => {
    const failures = await deployed().failures();
    expect(Object.keys(failures).length).toBeGreaterThan(10);
    expect(new Set(Object.values(failures))).toEqual(new Set([0]));
  });
});
