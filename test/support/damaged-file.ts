import type { FileRow } from '../../shared/files/file.ts';
import { returnKey, transferKey } from '../../shared/messages/transfers-line.ts';
import { raiseIncident } from '../../shared/operations/incidents.ts';
import { create, play } from './messages.ts';
import type { World } from './world.ts';

/** Has the stored file `f-1` of project `p`, and its return `m-3`, which is held as the object is missing. */
export async function damageFile(world: World): Promise<void> {
  const files = [{ fileId: 'f-1', fileSize: 1, fileChecksum: '0'.repeat(32) }];
  await play(world, create('p'));
  await play(world, ['DataDeliveryReady', { projectNo: 'p', files }]);
  const [file] = await world.rows.all<FileRow>('files');
  await world.rows.change('files', { fileId: 'f-1' }, { state: 'stored', storedAt: 1 });
  await world.rows.delete('lines', transferKey(file?.position ?? ''));
  await play(world, ['ReturnDataFile', { fileId: 'f-1' }]);
  const { line, position } = await world.rows.message('m-3');
  const held = { state: 'held', heldFrom: 'working', leaseUntil: undefined };
  await world.rows.change('messages', { messageId: 'm-3' }, held);
  await world.rows.change('lines', { line, position }, { state: 'held' });
  await world.rows.delete('lines', returnKey({ line, position }));
  const found = { expected: 'the file is returned', found: 'no such object' };
  await raiseIncident(world.context, { kind: 'file-damaged', subject: 'm-3', messageId: 'm-3', ...found });
}
