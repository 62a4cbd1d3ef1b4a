import type { HttpRequest } from '../../shared/platform/http.ts';

/** A file as it came with a request. */
export interface ReceivedFile {
  /** Empty when the request names none. */
  fileName: string;
  content: string;
}

/** Takes a request's body apart when it is whole. @throws Error when it is not the body that its headers announce */
export function receiveFile({ headers }: HttpRequest): (body: Buffer) => ReceivedFile {
  const length = Number(headers['content-length']);
  const type = String(headers['content-type']);
  return (body) => {
    if (body.length !== length) throw new Error(`not simulated: a body of ${body.length} bytes of ${length}`);
    if (type === 'application/octet-stream') return { fileName: '', content: `${body}` };
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(type)?.[1] ?? '';
    const head = body.indexOf('\r\n\r\n') + 4;
    const tail = body.length - `\r\n--${boundary}--\r\n`.length;
    const [, fileName = ''] = /; filename="([^\r\n]*)"\r\n/.exec(`${body.subarray(0, head)}`) ?? [];
    return { fileName: nameIn(fileName), content: `${body.subarray(head, tail)}` };
  };
}

/** A name as browsers write it into a form (WHATWG HTML, multipart/form-data). */
const nameIn = (quoted: string) => quoted.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
