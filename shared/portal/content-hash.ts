import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue, omitUndefined } from './json.ts';
import { type DeliveredFile, type MessageContent, parseMd5, timestampText } from './message-schema.ts';

/**
 * Hash of a readable message, over its type, its instant and the described fields of its data, so that a reworded message has
 * the same hash. The order of a delivery's files is ignored.
 */
export function hashOfContent({ type, data }: MessageContent, timestamp: string | undefined): string {
  const ids = ['projectNo', 'accessIdentifier', 'fileId', 'dataDeliveryId'].map((id) => Reflect.get(data, id) ?? null);
  const files = 'files' in data ? data.files.map(fileIdentity).toSorted() : [];
  return sha256(JSON.stringify([type, timestamp === undefined ? null : instantOf(timestamp), ids, files]));
}

const fileIdentity = ({ fileId, fileSize, fileChecksum }: DeliveredFile) =>
  JSON.stringify([fileId, fileSize ?? null, parseMd5(fileChecksum) ?? fileChecksum]);

/** Hash of an unreadable message with an id. Undescribed fields outside the data are ignored. */
export function hashOfFields({ messageType, timestamp, data }: { [key: string]: JsonValue }): string {
  const at = timestampText(timestamp);
  return sha256(canonicalJson(omitUndefined({ messageType, timestamp: at === undefined ? at : instantOf(at), data })));
}

const dateTime = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Canonical text of an instant: offsets, letter case and trailing zeros make no difference, and a time without an offset is
 * taken as UTC. Returns a text that is no date and time unchanged.
 */
export function instantOf(text: string): string {
  const [, date, time, fraction = '', zone = 'Z'] = dateTime.exec(text) ?? [];
  const offset = zone
    .toUpperCase()
    .replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`);
  const milliseconds = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(milliseconds) ? text : `${milliseconds / 1_000}.${fraction.replace(/0+$/, '')}`;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
