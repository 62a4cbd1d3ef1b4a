import type { Mutation } from './mutation.ts';

/** Mutants of transfers beside portals, proxies and people that change files. */
export const transfers: readonly Mutation[] = [
  {
    name: 'an answer before a file was read counts',
    file: 'portal/requests.ts',
    from: '      if (!answer.toWholeRequest) throw tooEarly(call.name, answer.statusCode);\n',
    to: '',
  },
  {
    name: 'a redirect of a file ends it',
    file: 'portal/http.ts',
    from: '((status >= 300 && status < 400) || passingRefusals.includes(status))',
    to: 'passingRefusals.includes(status)',
  },
  {
    name: 'a refusal of a file that may pass ends it',
    file: 'portal/http.ts',
    from: '((status >= 300 && status < 400) || passingRefusals.includes(status))',
    to: 'status >= 300 && status < 400',
  },
  {
    name: 'a page counts as another content of a file',
    file: 'files/copy/portal-file.ts',
    from: 'if (isPage && !fitsAnnouncedSize(this.#file, total)) {',
    to: 'if (isPage && total === -1) {',
  },
  {
    name: 'a part of a file counts as another content of it',
    file: 'files/copy/check-md5.ts',
    from: 'if (fitsAnnouncedSize(file, bytes) !== false) throw new ChecksumError(text);',
    to: 'if (bytes >= 0) throw new ChecksumError(text);',
  },
  {
    name: 'a range that is longer than asked for is a failure',
    file: 'portal/download.ts',
    from: "!(range && range.start <= wanted && wanted <= range.end)) {\n    body.on('error', () => {}).destroy(); // The error is caused by destroying the body.\n    throw new PortalError({\n      call: downloadCall,\n      status: 206,",
    to: "!(range && range.start === wanted && range.end <= (options.end ?? Infinity))) {\n    body.on('error', () => {}).destroy(); // The error is caused by destroying the body.\n    throw new PortalError({\n      call: downloadCall,\n      status: 500,",
  },
  {
    name: 'a download that drips keeps its slot',
    file: 'files/copy/pace.ts',
    from: 'if (came < least) {',
    to: 'if (came < 0) {',
  },
  {
    name: 'the first byte of a file has the time of any answer',
    file: 'portal/client.ts',
    from: 'headersTimeout: limits.firstByte',
    to: 'headersTimeout: limits.headers',
  },
  {
    name: 'a project that has begun goes on before others',
    file: 'files/transfer/queue.ts',
    from: 'if (!cursor) return yield* linesBetween(context, {});',
    to: 'if (!cursor || key) return yield* linesBetween(context, {});',
  },
  {
    name: 'a poll waits for a clock that was ahead',
    file: 'messages/poll/lease.ts',
    from: 'leaseUntil <= :now OR leaseUntil > :farthest OR',
    to: 'leaseUntil <= :now OR (leaseUntil > :farthest AND attribute_not_exists(leaseUntil)) OR',
  },
  {
    name: 'a file waits for a clock that was ahead',
    file: 'platform/time.ts',
    from: 'until !== undefined && until > now && until <= farthest(now, longest)',
    to: 'until !== undefined && until > now && farthest(now, longest) > 0',
  },
  {
    name: 'a completion has the time of any request',
    file: 'files/lease-times.ts',
    from: 'export const completionTime = 300_000;',
    to: 'export const completionTime = 25_000;',
  },
  {
    name: 'a copy that stops keeps its lease',
    file: 'files/transfer/release-leases.ts',
    from: '  if (known.length === 0) return;\n',
    to: '  if (known.length >= 0) return;\n',
  },
  {
    name: 'a missing object is waited for',
    file: 'files/stored-object.ts',
    from: "if (error instanceof Error && error.name === 'NotFound') throw",
    to: "if (error instanceof Error && error.name === '') throw",
  },
  {
    name: 'a return is whatever is at the key',
    file: 'files/stored-object.ts',
    from:
      '  if (md5 !== file.checksum) throw damaged(file, [`its MD5 is $' +
      '{md5}, DST announced $' +
      '{file.checksum}`]);\n',
    to: '',
  },
];
