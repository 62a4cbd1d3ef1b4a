import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { Incident } from '../../../shared/operations/incidents.ts';
import type { World } from '../world.ts';
import { violationOfFilesMark } from './files.ts';
import { passwordsOf } from './passwords.ts';
import { violationOfReusedMark } from './reused-ids.ts';
import { rows } from './rows.ts';

/** Invariant 3: marked only after the effect is committed and what it asked of the outside is done. */
export function violationOfMark(world: World, messageId: string): string | undefined {
  if (world.reused.has(messageId)) return violationOfReusedMark(world, messageId);
  const record = rows<MessageRecord>(world, 'messages').find((each) => each.messageId === messageId);
  if (!record) return `${messageId} is marked but not recorded`;
  if (!['done', 'superseded', 'dismissed', 'marked'].includes(record.state))
    return `${messageId} is marked while ${record.state}`;
  const content = world.sent.get(messageId)?.content;
  if (record.state !== 'done' && record.state !== 'marked') return undefined;
  if (content?.type === 'DataDeliveryReady' || content?.type === 'ReturnDataFile')
    return violationOfFilesMark(world, record, content);
  if (content?.type !== 'CreateProjectAccess' && content?.type !== 'ResetPassword') return undefined;
  const misfits = rows<Incident>(world, 'incidents').some(
    (each) => each.kind === 'mismatch' && each.subject === messageId,
  );
  const passwords = passwordsOf(messageId, content.type, content.data.accessIdentifier);
  const delivered = world.portal.credentials.some(({ oneTimePassword }) => passwords.has(oneTimePassword));
  const moot = record.markedAt !== undefined || world.superseded.has(messageId);
  return misfits || delivered || moot ? undefined : `${messageId} is marked before its credentials arrived`;
}
