import type { Mutation } from './mutation.ts';

/** Mutants of files. */
export const files: readonly Mutation[] = [
  {
    name: 'a file becomes visible before its MD5 is checked',
    file: 'files/copy/put.ts',
    from: "  checkMd5(file, digest.toString('hex'), bytes.length);\n",
    to: '',
  },
  {
    name: 'delete a file without waiting out its lease',
    file: 'files/effects/delete-data-file.ts',
    from: 'if (until > 0) return',
    to: 'if (until < 0) return',
  },
  {
    name: 'delete a file without saying so first',
    file: 'files/effects/delete-data-file.ts',
    from: "if (file.state === 'deleting') return",
    to: 'if (file.state) return',
  },
  {
    name: "delete a project's files without saying so first",
    file: 'files/remove.ts',
    from: "if (row.state === 'deleting') return true;",
    to: 'if (row.state) return true;',
  },
  {
    name: 'a delivery is done before its last file',
    file: 'files/copy/complete-delivery.ts',
    from: 'filesLeft > 0',
    to: 'filesLeft > 1',
  },
  {
    name: 'a return is done before the file is back',
    file: 'files/transfer/complete.ts',
    from: "  if (outcome?.kind !== 'sent') return;\n",
    to: '',
  },
  {
    name: 'an execution has the name of the attempt before',
    file: 'files/transfer/start.ts',
    from: '[file.messageId, file.fileId, file.attempt + 1]',
    to: '[file.messageId, file.fileId, 1]',
  },
  {
    name: 'give a file up without an incident',
    file: 'files/copy/fail-delivery.ts',
    from: '      ...incidentWrites(context, incident),\n',
    to: '',
  },
  {
    name: 'a refused key gives a file up',
    file: 'portal/errors.ts',
    from: 'super({ ...failure, status: 401, retryable: true });',
    to: 'super({ ...failure, status: 401, retryable: false });',
  },
  {
    name: "a refused key uses a file's attempts up",
    file: 'files/copy/fail-delivery.ts',
    from: '(row.failures ?? 1) - (unauthorized ? 1 : 0)',
    to: '(row.failures ?? 1) - (unauthorized ? 0 : 0)',
  },
  {
    name: 'what was claimed and not started never comes back',
    file: 'files/transfer/plan.ts',
    from: " ||\n  (file.state === 'copying' && isDue({ ...file, failures: failuresOf(file) }, at));",
    to: ';',
  },
  {
    name: "a deleted file's object stays",
    file: 'files/effects/delete-data-file.ts',
    from: '      await purgeObject(bucket, file.objectKey);\n',
    to: '',
  },
  {
    name: 'a delivery that is tried again brings what was deleted after it',
    file: 'files/effects/files-to-register.ts',
    from: '(await deletionSince(handling, fileSubject(fileId))) !== undefined',
    to: "(await deletionSince(handling, fileSubject(fileId)))?.messageId === ''",
  },
  {
    name: 'a file that another delivery brings is other content',
    file: 'files/effects/files-to-register.ts',
    from: "if (state !== 'failed') return undefined;",
    to: "if (state === 'stored') return undefined;",
  },
  {
    name: 'a file counts as delivered again before it is stored',
    file: 'files/effects/files-to-register.ts',
    from: "if (row.state !== 'stored') awaited.push(file);",
    to: "if (row.state === 'failed') awaited.push(file);",
  },
];
