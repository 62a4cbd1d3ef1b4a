import fc from 'fast-check';
import { type MessageType, messageTypes } from '../../shared/portal/message-schema.ts';

/** An element of the portal's list that is no message, with the id under which the gateway should hold it. */
export interface BadElement {
  element: string;
  /** Nothing when it has none that can be used. */
  messageId?: string;
}

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

/** `data` of a valid message of each type. */
const dataOf: Record<MessageType, Record<string, unknown>> = {
  CreateProject: { projectNo: 7 },
  DeleteProject: { projectNo: 7 },
  CreateProjectAccess: { projectNo: 7, accessIdentifier: 'x' },
  DeleteProjectAccess: { accessIdentifier: 'x' },
  DisableProjectAccess: { accessIdentifier: 'x' },
  EnableProjectAccess: { accessIdentifier: 'x' },
  ResetPassword: { accessIdentifier: 'x' },
  DataDeliveryReady: {
    dataDeliveryId: 'd',
    projectNo: 7,
    files: [{ fileId: 'x', fileSize: 1, fileChecksum: md5 }],
  },
  DeleteDataFile: { fileId: 'x' },
  ReturnDataFile: { fileId: 'x' },
};

const megabyte = 'x'.repeat(1_000_000);
const badIds = ['', '.', '..', '\ud800', 'a\udfffb', 'i'.repeat(257), `${'é'.repeat(128)}x`];
const badScalars = [null, true, 1.5, 1e21, [], ['x'], {}, { id: 'x' }, ...badIds];
const badFiles = [
  'x',
  {},
  [null],
  ['x'],
  [{}],
  [{ fileId: 'x' }],
  [{ fileId: '..', fileChecksum: md5 }],
  [{ fileId: 'x', fileChecksum: 5 }],
  [{ fileId: 'x', fileChecksum: '' }],
  [
    { fileId: 'x', fileChecksum: md5 },
    { fileId: 'x', fileChecksum: md5.replace('d', 'e') },
  ],
];
const badData = [null, 7, true, 'no JSON', '"still no object"', '[1]', '{"projectNo":', '', [], [{ projectNo: 7 }]];
const unknownTypes = ['RenameProject', 'createproject', 'CreateProject ', '../CreateProject', '__proto__', '\0', 'ø'];

const typeOf = fc.constantFrom(...messageTypes);

/** Variants of a message with one field missing or wrong. */
const badField = typeOf.chain((messageType) => {
  const data = dataOf[messageType];
  const required = Object.keys(data).filter((field) => field !== 'dataDeliveryId');
  return fc.constantFrom(...required).chain((field) =>
    fc.constantFrom(undefined, ...(field === 'files' ? badFiles : badScalars)).map((value) => {
      return { messageType, data: { ...data, [field]: value } };
    }),
  );
});

/** A message with a good id, but nothing that could be done. */
const held = fc.oneof(
  { weight: 5, arbitrary: badField },
  { weight: 1, arbitrary: badField.map(({ data, ...rest }) => ({ ...rest, data: JSON.stringify(data) })) },
  { weight: 2, arbitrary: fc.record({ messageType: typeOf, data: fc.constantFrom(undefined, ...badData) }) },
  { weight: 1, arbitrary: fc.record({ messageType: fc.constantFrom(...unknownTypes), data: fc.constant({}) }) },
  { weight: 1, arbitrary: fc.record({ messageType: fc.constantFrom(undefined, null, 5, [], ...badIds) }) },
);

/** A message without an id that could be used. */
const nameless = typeOf.chain((messageType) =>
  fc.constantFrom(undefined, ...badScalars).map((messageId) => ({ messageId, messageType, data: dataOf[messageType] })),
);

/** No message at all, though the id of some can be told; the number keeps each from being the same as another. */
const scraps = (number: number): BadElement[] => [
  { element: `${number}` },
  { element: `"scrap ${number}"` },
  { element: `[${number}]` },
  { element: `[[{"messageId":"${number}"}]]` },
  { element: `nonsense${number}` },
  { messageId: `${number}`, element: `{"messageId":"${number}",}` },
  { element: `{'messageId':'${number}'}` },
  { element: `{"messageId" "${number}"}` },
  {
    messageId: `${number}`,
    element: `{"messageId":"${number}","messageType":"CreateProject","data":{"projectNo":0${number}}}`,
  },
  { element: `{"messageId":"control \u0001 ${number}"}` },
  { element: `"\\u12g4 ${number}"` },
  { element: `${'['.repeat(20_000)}${number}${']'.repeat(20_000)}` },
];

/** One each of what is a megabyte long. */
const huge: BadElement[] = [
  {
    messageId: 'huge-data',
    element: JSON.stringify({ messageId: 'huge-data', messageType: 'ResetPassword', data: megabyte }),
  },
  {
    messageId: 'huge-field',
    element: JSON.stringify({ messageId: 'huge-field', messageType: 'CreateProject', data: { projectNo: megabyte } }),
  },
  { messageId: 'huge-type', element: JSON.stringify({ messageId: 'huge-type', messageType: megabyte, data: {} }) },
  { element: JSON.stringify({ messageId: megabyte, messageType: 'CreateProject', data: { projectNo: 7 } }) },
  { element: JSON.stringify(megabyte) },
];

/**
 * Elements that can't be carried out, each different from all others.
 *
 * @param count how many, beside the few that are always the same
 */
export function badElements(count: number, seed: number): BadElement[] {
  const kinds = fc.oneof(
    { weight: 6, arbitrary: held.map((fields) => ({ kind: 'held' as const, fields })) },
    { weight: 2, arbitrary: nameless.map((fields) => ({ kind: 'nameless' as const, fields })) },
    { weight: 1, arbitrary: fc.nat(11).map((which) => ({ kind: 'scrap' as const, which })) },
  );
  const made = fc.sample(kinds, { numRuns: count, seed }).map((made, number): BadElement => {
    if (made.kind === 'scrap') return scraps(number)[made.which] ?? { element: '' };
    if (made.kind === 'nameless') return { element: JSON.stringify({ ...made.fields, number }) };
    const messageId = `bad-${number}`;
    return { messageId, element: JSON.stringify({ messageId, ...made.fields }) };
  });
  return [...made, ...huge];
}
