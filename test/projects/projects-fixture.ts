import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { create, grant, play, type Step } from '../support/messages.ts';
import { minute, type World } from '../support/world.ts';

/** A delivery of files of three bytes, which are not at the portal. */
export const deliver = (projectNo: string, ...fileIds: string[]): Step => [
  'DataDeliveryReady',
  { projectNo, files: fileIds.map((fileId) => ({ fileId, fileSize: 3, fileChecksum: '0'.repeat(32) })) },
];

/** Goes on until the portal has nothing more to list: a deletion waits until the leases of running transfers end. */
export async function finish(world: World): Promise<void> {
  for (let round = 0; round < 20 && (await world.portal.pending()) > 0; round++) {
    world.clock.advance(5 * minute);
    await world.run();
  }
}

/** Projects with two users and two files each, the files' objects, one result to be sent, one unfinished upload. */
export async function furnish(world: World, projects = ['p', 'q']): Promise<void> {
  const { s3 } = world.context;
  const Bucket = world.filesBucket;
  for (const project of projects) {
    const [one, other] = [`${project}-1`, `${project}-2`];
    await play(world, create(project), grant(project, one), grant(project, other), deliver(project, one, other));
    for (const Key of [`projects/${project}/files/${one}`, `projects/${project}/files/stray`, `outbox/${project}/r`]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'abc' }));
    }
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: `projects/${project}/files/${other}` }));
  }
}
