import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { Incident } from '../../../shared/operations/incidents.ts';
import { fileContent } from '../files-sent.ts';
import { canonicalId } from '../ids.ts';
import { isEnabled } from '../kinds.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** A return that was asked for ends returned or as an incident; where nothing went wrong and nothing was held, it ends returned. */
export function* lostReturns(world: World) {
  if (!isEnabled('return then deletion')) return;
  const incidents = rows<Incident>(world, 'incidents').filter(({ kind }) => kind !== 'needs-approval');
  const told = new Set(incidents.map(({ messageId }) => messageId));
  const isCalm = world.faults.happened.length === 0 && !world.everHeld;
  for (const { messageId, type } of rows<MessageRecord>(world, 'messages')) {
    const content = world.sent.get(messageId)?.content;
    if (type !== 'ReturnDataFile' || !world.superseded.has(messageId) || content?.type !== type) continue;
    const { fileId } = content.data;
    if (world.portal.returned.has(`${fileId} ${fileContent(fileId)}`)) continue;
    if (!told.has(messageId)) yield `${messageId} asked for ${fileId}, which was never returned, and nobody was told`;
    else if (isCalm && !isMisfit(world, fileId))
      yield `${messageId} asked for ${fileId}, which could have been returned`;
  }
}

/** Whether a delivery of the file had to wait for its project: a return behind it waits, too, and a deletion passes both. */
function isMisfit({ misfits, sent }: World, fileId: string): boolean {
  return [...misfits].some((messageId) => {
    const content = sent.get(messageId)?.content;
    return (
      content?.type === 'DataDeliveryReady' &&
      content.data.files.some((file) => canonicalId(file.fileId) === canonicalId(fileId))
    );
  });
}
