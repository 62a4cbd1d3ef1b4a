import type { Mutation } from './mutation.ts';

/** Mutants of results for DST. */
export const results: readonly Mutation[] = [
  {
    name: 'a result is removed before it is recorded as sent',
    file: 'files/outbox/complete-result.ts',
    from: '    const outcome = await transact(context.db, context.clock, [\n      changeResult',
    to: '    await deleteIfMatch(bucket, fileId, etag);\n    const outcome = await transact(context.db, context.clock, [\n      changeResult',
  },
  {
    name: 'what is sent is whatever is there by now',
    file: 'files/send/open-object.ts',
    from: 'IfMatch: etag, Range',
    to: 'Range',
  },
  {
    name: "what was put in a result's place is removed with it",
    file: 'platform/s3.ts',
    from: 'Key: key, IfMatch: etag',
    to: 'Key: key',
  },
  {
    name: 'a result that was replaced on its way counts as sent',
    file: 'files/send/send.ts',
    from: "return { kind: 'changed' };",
    to: "return { kind: 'sent' };",
  },
  {
    name: 'a result that did not arrive counts as sent',
    file: 'files/transfer/complete.ts',
    from: "  if (outcome?.kind === 'sent') await completeResult",
    to: '  if (outcome) await completeResult',
  },
  {
    name: 'nobody looks for results of which no news came',
    file: 'files/outbox/sweep.ts',
    from: 'if (!refusal) toRegister.push(key);',
    to: "if (!refusal && key === '') toRegister.push(key);",
  },
  {
    name: 'uploads that were begun before a project go on for it',
    file: 'files/outbox/remove-orphan.ts',
    from: '    await endUploads(context.bucket, uploads);\n',
    to: '    if (Contents.length === 0) return { isEmpty: true };\n',
  },
  {
    name: 'each refused result is an incident of its own',
    file: 'files/outbox/refuse-result.ts',
    from: '  const { subject, expected, found } = refusal;\n',
    to: "  const { expected, found } = refusal;\n  const subject = `$' + '{counted[0]?.key}`;\n",
  },
  {
    name: 'a result that is sent stays',
    file: 'files/outbox/register.ts',
    from: "return isSame ? 'remove' : 'register';",
    to: "return isSame ? 'leave' : 'register';",
  },
  {
    name: 'what takes the place of a sent result is taken for it',
    file: 'files/outbox/register.ts',
    from: 'const isSame = put.etag === row.etag && put.modifiedAt === row.modifiedAt;',
    to: 'const isSame = put.etag !== undefined;',
  },
  {
    name: "a folder's name is taken for the project's number",
    file: 'files/outbox/key.ts',
    from: 'idSchema.safeParse(decodeURIComponent(folder))',
    to: 'idSchema.safeParse(folder)',
  },
  {
    name: 'a result nobody can send is passed over in silence',
    file: 'files/outbox/refuse-result.ts',
    from: '  await recordIncident(context, incident, { times: counted.length, attributes: { newestPut: newest, examples } });\n',
    to: '',
  },
];
