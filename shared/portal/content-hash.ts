import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue, omitUndefined } from './json.ts';
import { type DeliveredFile, type MessageContent, parseMd5, timestampText } from './message-types.ts';

/**
 * Hash of a message that can be read: by its type, its instant and what is described of its data, so that the same message in
 * other words is the same. The order of a delivery's files does not count.
 */
export function hashOfContent({ type, data }: MessageContent, timestamp: string | undefined): string {
  const ids = ['projectNo', 'accessIdentifier', 'fileId', 'dataDeliveryId'].map((id) => Reflect.get(data, id) ?? null);
  const files = 'files' in data ? data.files.map(fileIdentity).toSorted() : [];
  return sha256(JSON.stringify([type, timestamp === undefined ? null : instantOf(timestamp), ids, files]));
}

const fileIdentity = ({ fileId, fileSize, fileChecksum }: DeliveredFile) =>
  JSON.stringify([fileId, fileSize ?? null, parseMd5(fileChecksum) ?? fileChecksum]);

/** Hash of a message that has an id and can't be read. Beside the data, fields that nobody described do not count. */
export function hashOfFields({ messageType, timestamp, data }: { [key: string]: JsonValue }): string {
  const at = timestampText(timestamp);
  return sha256(canonicalJson(omitUndefined({ messageType, timestamp: at === undefined ? at : instantOf(at), data })));
}

const dateTime = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * One text for all texts of an instant: other offsets, letter case and trailing zeros do not count, and a time without an offset
 * is taken for UTC. A text that is no date and time is given back.
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
