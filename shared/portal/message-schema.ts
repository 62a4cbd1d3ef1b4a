import * as z from 'zod';
import { foldId, idSchema, isUuid, portalIdOf } from './id.ts';
import { NumberText, omitUndefined } from './json.ts';

export const messageTypes = [
  'CreateProject',
  'DeleteProject',
  'CreateProjectAccess',
  'DeleteProjectAccess',
  'DisableProjectAccess',
  'EnableProjectAccess',
  'ResetPassword',
  'DataDeliveryReady',
  'DeleteDataFile',
  'ReturnDataFile',
] as const;

export interface DeliveredFile {
  /** Folded. */
  fileId: string;
  /** The id as the portal sent it, if it differs. */
  portalId?: string;
  /** In bytes. Only a hint, because the portal sends 32 bits; may even be negative. */
  fileSize?: number;
  /** As received; `parseMd5` checks whether it is an MD5. */
  fileChecksum: string;
}

/** An id as a string or an integer, parsed to its text. */
export const receivedIdSchema = z.preprocess(
  (value) => (value instanceof NumberText ? (value.integer ?? value) : value),
  idSchema,
);

const checksumSchema = z
  .string('must be a string')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
  .refine((text) => text !== '' && isShort(text), 'must have 1 to 256 bytes');

/** The fields whose form differs between portals. */
interface Fields {
  id: z.ZodType<string>;
  optionalId: z.ZodType<string | undefined>;
  projectNo: z.ZodType<string>;
  fileSize: z.ZodType<number | undefined>;
  timestamp: z.ZodType<string | undefined>;
}

/** The forms that servers in use send. */
const tolerant: Fields = {
  id: receivedIdSchema,
  optionalId: z.preprocess((value) => value ?? undefined, receivedIdSchema.optional()),
  projectNo: receivedIdSchema,
  fileSize: z.preprocess(sizeHint, z.number().optional()),
  timestamp: z.preprocess(timestampText, z.string().optional()),
};

const uuid = idSchema.refine(isUuid, 'must be a UUID');

const int32 = 'must be a 32-bit integer';

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** The forms that the portal's interface description allows, literally. */
const strict: Fields = {
  id: uuid,
  optionalId: uuid.optional(),
  projectNo: z.preprocess(int32Text, z.string(int32)),
  fileSize: z.preprocess((value, context) => {
    if (value !== undefined && int32Text(value) === undefined) context.addIssue(int32);
    return sizeHint(value);
  }, z.number().optional()),
  timestamp: z
    .string('must be a string')
    .refine((text) => rfc3339.test(text) && !Number.isNaN(Date.parse(text)), 'must be an RFC 3339 date and time')
    .optional(),
};

/** A message with parsed `data` and numbers as `NumberText`. */
function messageSchema(field: Fields, { strictly }: { strictly: boolean }) {
  const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape, rule = 'must be an object') => {
    const error: z.core.$ZodErrorMap = ({ code }) =>
      code === 'unrecognized_keys' ? 'has fields that are not described' : rule;
    return strictly ? z.strictObject(shape, { error }) : z.object(shape, { error });
  };
  const { id, projectNo } = field;
  const message = <Type extends z.ZodType, Shape extends z.core.$ZodLooseShape>(messageType: Type, data: Shape) =>
    object({
      messageId: id,
      messageType,
      timestamp: field.timestamp,
      data: object(data, 'must be an object or a JSON text of one'),
    });
  const file = object({ fileId: id, fileSize: field.fileSize, fileChecksum: checksumSchema });
  return z.discriminatedUnion(
    'messageType',
    [
      message(z.enum(['CreateProject', 'DeleteProject']), { projectNo }),
      message(z.literal('CreateProjectAccess'), { projectNo, accessIdentifier: id }),
      message(z.enum(['DeleteProjectAccess', 'DisableProjectAccess', 'EnableProjectAccess', 'ResetPassword']), {
        accessIdentifier: id,
      }),
      message(z.literal('DataDeliveryReady'), {
        dataDeliveryId: field.optionalId,
        projectNo,
        files: z.array(z.unknown(), 'must be an array').transform((files, context) => readFiles(files, file, context)),
      }),
      message(z.enum(['DeleteDataFile', 'ReturnDataFile']), { fileId: id }),
    ],
    { error: ({ code }) => (code === 'invalid_union' ? 'must be one of the ten message types' : 'must be an object') },
  );
}

export const tolerantSchema = messageSchema(tolerant, { strictly: false });
export const strictSchema = messageSchema(strict, { strictly: true });

function isShort(text: string): boolean {
  return text.length <= 256 && Buffer.byteLength(text) <= 256;
}

/** A size in bytes, or undefined for any other value: a size is a hint, never a reason to refuse a message. */
function sizeHint(value: unknown): number | undefined {
  const digits = value instanceof NumberText ? value.source : value;
  if (typeof digits !== 'string' || !/^-?\d+$/.test(digits)) return undefined;
  const size = Number(digits);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** The timestamp as received. Nothing depends on it, so a value of another type counts as missing. */
export function timestampText(value: unknown): string | undefined {
  const text = value instanceof NumberText ? value.source : value;
  return typeof text === 'string' && text.isWellFormed() && isShort(text) ? text : undefined;
}

function int32Text(value: unknown): string | undefined {
  const integer = value instanceof NumberText ? value.integer : undefined;
  return integer !== undefined && Number(integer) === (Number(integer) | 0) ? integer : undefined;
}

interface ReceivedFile {
  fileId: string;
  fileSize?: number | undefined;
  fileChecksum: string;
}

/** Parses files up to the first invalid one: a hundred thousand issues would take more memory than the files. */
function readFiles(items: readonly unknown[], schema: z.ZodType<ReceivedFile>, context: z.RefinementCtx) {
  const files: ReceivedFile[] = [];
  for (const [index, item] of items.entries()) {
    const { data, error } = schema.safeParse(item);
    if (!data) {
      const { message, path = [] } = error.issues[0] ?? {};
      context.addIssue({ code: 'custom', message, path: [index, ...path] });
      return z.NEVER;
    }
    files.push(data);
  }
  return distinctFiles(files, context);
}

/** Removes repeated files. A repetition with another checksum is an error, because it is unclear which is meant. */
function distinctFiles(files: readonly ReceivedFile[], context: z.RefinementCtx): DeliveredFile[] {
  const byId = new Map<string, DeliveredFile>();
  for (const { fileId: id, fileSize, fileChecksum } of files) {
    const fileId = foldId(id);
    const known = byId.get(fileId);
    if (!known) byId.set(fileId, { fileId, ...portalIdOf(id), ...omitUndefined({ fileSize }), fileChecksum });
    else if (comparable(known.fileChecksum) !== comparable(fileChecksum)) {
      context.addIssue('must not have one file with different checksums');
      return z.NEVER;
    }
  }
  return [...byId.values()];
}

function comparable(checksum: string): string {
  return parseMd5(checksum) ?? checksum;
}

/** An MD5 in lower-case hexadecimal, or undefined if the text is none. */
export function parseMd5(text: string): string | undefined {
  const md5 = text.trim().toLowerCase();
  return /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined;
}

export type MessageType = (typeof messageTypes)[number];

/** All ids are folded (`foldId`). `portalId` is the id as the portal sent it, if it differs. */
export type MessageContent =
  | { type: 'CreateProject' | 'DeleteProject'; data: { projectNo: string } }
  | { type: 'CreateProjectAccess'; data: { projectNo: string; accessIdentifier: string; portalId?: string } }
  | {
      type: 'DeleteProjectAccess' | 'DisableProjectAccess' | 'EnableProjectAccess' | 'ResetPassword';
      data: { accessIdentifier: string };
    }
  | { type: 'DataDeliveryReady'; data: { dataDeliveryId?: string; projectNo: string; files: DeliveredFile[] } }
  | { type: 'DeleteDataFile' | 'ReturnDataFile'; data: { fileId: string } };
