import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { maxFormBodyBytes, type SentFile } from '../../api/form-body.ts';
import type { ProcessContext } from '../context.ts';
import { errorAnswers, refusals } from '../errors.ts';
import { addFiles, type FileWithBytes } from '../files/add-files.ts';
import { fileView, viewFile } from '../files/file-view.ts';
import { largeZip, maxZipBytes } from '../files/large-zip.ts';
import { maxFileBytes } from '../files/limits.ts';
import { attachmentHeaders, downloadAddress, getBytes, readBytes } from '../files/objects.ts';
import { removeFile, removeModel } from '../files/remove-file.ts';
import { beginUpload, completeUpload } from '../files/uploads.ts';
import { zip } from '../files/zip.ts';
import { findProcess } from '../find-visible.ts';
import { readProcessFiles } from '../read-facts.ts';
import type { ProcessFileRow } from '../rows.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { id, type ProcessRoute, route, success, successAnswer, visitor } from './context.ts';

/** Most bytes that are given as the answer itself: it is base64, and Lambda takes 6 MB. */
const maxBytesInAnswer = maxFormBodyBytes;

const place = { projectID: z.string(), processID: z.string() };
const refused = { 403: errorAnswers[403], 404: errorAnswers[404], 409: errorAnswers[409] };
const bytesAnswer = (description: string) => ({
  description,
  body: z.instanceof(Buffer),
  contentType: 'application/octet-stream',
});

const newFiles = (files: readonly SentFile[]): FileWithBytes[] =>
  files.map(({ fileName, bytes }) => ({ fileName, bytes }));

const upload = route({
  method: 'POST',
  path: '/processes/public/uploadFiles',
  summary: `Adds files to a process: each part with a file is one, ${maxFormBodyBytes} bytes in all; a larger file comes by \`uploads\``,
  access: visitor,
  form: z
    .object({ ...place, origin: z.string().max(100).optional() })
    .meta({ examples: [{ projectID: 'p1', processID: 'q1' }] }),
  answers: { 200: successAnswer, ...refused },
  async handler(request, context) {
    const { fields, files } = sent(request.form);
    const { origin, ...where } = fields;
    await addFiles(context, await viewerOf(context, request), where, newFiles(files), { ...(origin && { origin }) });
    return success();
  },
});

/** A route without a body of JSON always has a form. */
function sent<Form>(form: Form | undefined): Form {
  if (!form) throw new TypeError('The route takes a form');
  return form;
}

/** Lists are sent as text with commas between. */
const listField = z.string().max(2_000).optional();

const listIn = (text = ''): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

const uploadModel = route({
  method: 'POST',
  path: '/processes/public/uploadModel',
  summary: 'Adds the file that the service works on: a script, for an analysis',
  access: visitor,
  form: z
    .object({
      ...place,
      tags: listField,
      licenses: listField,
      certificates: listField,
      origin: z.string().max(100).optional(),
    })
    .meta({ examples: [{ projectID: 'p1', processID: 'q1', tags: 'script', licenses: '', certificates: '' }] }),
  answers: {
    200: { description: 'The file, under its id', body: z.record(z.string(), fileView) },
    ...refused,
  },
  async handler(request, context) {
    const { fields, files } = sent(request.form);
    if (files.length !== 1) throw refusals.badRequest('The form must have one file');
    const { projectID, processID, origin, tags, licenses, certificates } = fields;
    const lists = { tags: listIn(tags), licenses: listIn(licenses), certificates: listIn(certificates) };
    const description = { ...lists, ...(origin && { origin }), asModel: true };
    const viewer = await viewerOf(context, request);
    const [file] = await addFiles(context, viewer, { projectID, processID }, newFiles(files), description);
    return answer(200, file ? { [file.fileID]: viewFile(file) } : {});
  },
});

const parameters = z.object({ processID: id });
const fileParameters = z.object({ processID: id, fileID: id });

const deleteModel = route({
  method: 'DELETE',
  path: '/processes/public/deleteModel/{processID}',
  summary: 'Deletes the file that the service works on',
  access: visitor,
  parameters,
  answers: { 200: successAnswer, ...refused },
  async handler(request, context) {
    const viewer = await viewerOf(context, request);
    const { process } = await findProcess(context, viewer, request.parameters.processID);
    await removeModel(context, viewer, process);
    return success();
  },
});

const deleteFile = route({
  method: 'DELETE',
  path: '/processes/public/deleteFile/{processID}/{fileID}',
  summary: 'Deletes a file of a process',
  access: visitor,
  parameters: fileParameters,
  answers: { 200: successAnswer, ...refused },
  async handler(request, context) {
    const viewer = await viewerOf(context, request);
    const { process } = await findProcess(context, viewer, request.parameters.processID);
    await removeFile(context, viewer, process, request.parameters.fileID);
    return success();
  },
});

/** The files of a process that a viewer sees. */
async function filesFor(context: ProcessContext, viewer: Viewer, processID: string): Promise<ProcessFileRow[]> {
  return readProcessFiles(context, (await findProcess(context, viewer, processID)).process);
}

const downloadAnswers = {
  200: bytesAnswer('The file, as an attachment'),
  303: {
    description: `A file of more than ${maxBytesInAnswer} bytes: \`Location\` has an address of S3, which is good for an hour`,
    body: z.object({ url: z.url() }),
  },
  404: errorAnswers[404],
} as const;

async function download(context: ProcessContext, viewer: Viewer, processID: string, fileID: string) {
  const file = (await filesFor(context, viewer, processID)).find((each) => each.fileID === fileID);
  if (!file) throw refusals.notFound();
  if (file.size <= maxBytesInAnswer) {
    return answer(200, await getBytes(context.attachments, file), attachmentHeaders(file.fileName));
  }
  const url = await downloadAddress(context.attachments, file);
  return answer(303, { url }, { location: url });
}

const downloadFile = route({
  method: 'GET',
  path: '/processes/public/downloadFile/{processID}/{fileID}',
  summary: 'Gives a file of a process',
  access: visitor,
  parameters: fileParameters,
  answers: downloadAnswers,
  async handler(request, context) {
    const { processID, fileID } = request.parameters;
    return download(context, await viewerOf(context, request), processID, fileID);
  },
});

const downloadFileOfProject = route({
  method: 'GET',
  path: '/processes/public/downloadFile/{projectID}/{processID}/{fileID}',
  summary: 'Gives a file of a process in a project',
  access: visitor,
  parameters: fileParameters.extend({ projectID: id }),
  answers: downloadAnswers,
  async handler(request, context) {
    const { projectID, processID, fileID } = request.parameters;
    const viewer = await viewerOf(context, request);
    await findProcess(context, viewer, processID, projectID);
    return download(context, viewer, processID, fileID);
  },
});

const downloadFilesAsZip = route({
  method: 'GET',
  path: '/processes/public/downloadFilesAsZip/{processID}',
  summary: `Gives files of a process as one ZIP archive, of ${maxZipBytes} bytes at most`,
  access: visitor,
  parameters,
  query: z.object({
    fileIDs: z
      .string()
      .max(10_000)
      .describe('Ids with commas between')
      .meta({ examples: ['f1,f2'] }),
  }),
  answers: {
    200: bytesAnswer('The archive, as an attachment'),
    303: {
      description: `An archive of more than ${maxBytesInAnswer} bytes: \`Location\` has an address of S3, which is good for an hour`,
      body: z.object({ url: z.url() }),
    },
    404: errorAnswers[404],
    409: errorAnswers[409],
  },
  async handler(request, context) {
    const wanted = new Set(request.query.fileIDs.split(',').filter((each) => each !== ''));
    const viewer = await viewerOf(context, request);
    const { process } = await findProcess(context, viewer, request.parameters.processID);
    const files = (await readProcessFiles(context, process)).filter(({ fileID }) => wanted.has(fileID));
    if (files.length === 0 || files.length < wanted.size) throw refusals.notFound();
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes > maxZipBytes) {
      const message = `The files have more than ${maxZipBytes} bytes: download them one by one`;
      throw refusals.conflict([{ key: 'Process-Files', message }]);
    }
    if (bytes > maxBytesInAnswer) {
      const url = await largeZip(context, process, files);
      return answer(303, { url }, { location: url });
    }
    const entries = files.map((file) => ({
      name: file.fileName,
      at: file.at,
      bytes: readBytes(context.attachments, file),
    }));
    const archive = Buffer.concat(await Array.fromAsync(zip(entries)));
    return answer(200, archive, attachmentHeaders('files.zip'));
  },
});

const begunUpload = z.object({
  uploadID: z.string().describe('Id of the file, when it is there'),
  method: z.literal('PUT'),
  url: z.url().describe('Address of S3 that takes the bytes, once'),
  headers: z.record(z.string(), z.string()).describe('Headers that the request has to have'),
  expires: z.iso.datetime().describe('End of the address'),
});

const begin = route({
  method: 'POST',
  path: '/processes/public/uploads',
  summary: `Begins the upload of a large file, of ${maxFileBytes} bytes at most, to an address of S3`,
  access: visitor,
  anyContentType: true,
  body: z
    .strictObject({
      ...place,
      fileName: z.string(),
      size: z.int().min(0).max(maxFileBytes).describe('Bytes'),
      md5: z
        .string()
        .regex(/^[0-9a-f]{32}$/, 'must be an MD5 in lower-case hexadecimal')
        .optional()
        .describe('Sum that S3 checks'),
      tags: z.array(z.string().max(100)).max(20).optional(),
      licenses: z.array(z.string().max(100)).max(20).optional(),
      certificates: z.array(z.string().max(100)).max(20).optional(),
      origin: z.string().max(100).optional(),
    })
    .meta({ examples: [{ projectID: 'p1', processID: 'q1', fileName: 'results.csv', size: 200_000_000 }] }),
  answers: { 201: { description: 'Where the bytes go', body: begunUpload }, ...refused },
  async handler(request, context) {
    const { projectID, processID, tags, licenses, certificates, origin, ...file } = request.body;
    const viewer = await viewerOf(context, request);
    const description = {
      ...(tags && { tags }),
      ...(licenses && { licenses }),
      ...(certificates && { certificates }),
      ...(origin !== undefined && { origin }),
    };
    return answer(201, await beginUpload(context, viewer, { projectID, processID }, { ...file, ...description }));
  },
});

const complete = route({
  method: 'POST',
  path: '/processes/public/uploads/{uploadID}/complete',
  summary: 'Adds an uploaded file to its process; repeated, it answers the same',
  access: visitor,
  parameters: z.object({ uploadID: id }),
  anyContentType: true,
  body: z.strictObject(place).meta({ examples: [{ projectID: 'p1', processID: 'q1' }] }),
  answers: { 200: { description: 'The file', body: fileView }, ...refused },
  async handler(request, context) {
    const { uploadID } = request.parameters;
    const viewer = await viewerOf(context, request);
    return answer(200, viewFile(await completeUpload(context, viewer, { ...request.body, uploadID })));
  },
});

export const fileRoutes: readonly ProcessRoute[] = [
  upload,
  uploadModel,
  deleteModel,
  deleteFile,
  downloadFile,
  downloadFileOfProject,
  downloadFilesAsZip,
  begin,
  complete,
];
