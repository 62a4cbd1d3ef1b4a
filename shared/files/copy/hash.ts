import { crc32 } from 'node:zlib';
import { createMD5 } from 'hash-wasm';
import { type Hashed, ResumeError } from './resume.ts';

type Md5 = Awaited<ReturnType<typeof createMD5>>;

/** The MD5 and the CRC32 of a file, whose state can be saved and resumed at any byte. */
export class FileHash {
  readonly #md5: Md5;
  #crc: number;
  #bytes: number;

  private constructor(md5: Md5, { crc, bytes }: Pick<Hashed, 'crc' | 'bytes'>) {
    this.#md5 = md5;
    this.#crc = crc;
    this.#bytes = bytes;
  }

  static async begin(): Promise<FileHash> {
    const md5 = await createMD5();
    return new FileHash(md5.init(), { crc: 0, bytes: 0 });
  }

  /** @throws ResumeError if another version of the library saved the state */
  static async resume(from: Hashed): Promise<FileHash> {
    const md5 = await createMD5();
    try {
      md5.load(Buffer.from(from.md5, 'base64'));
    } catch (cause) {
      throw new ResumeError('The saved state of the MD5 cannot be loaded', { cause });
    }
    return new FileHash(md5, from);
  }

  add(chunk: Buffer): void {
    this.#md5.update(chunk);
    this.#crc = crc32(chunk, this.#crc);
    this.#bytes += chunk.length;
  }

  get state(): Hashed {
    return { bytes: this.#bytes, md5: Buffer.from(this.#md5.save()).toString('base64'), crc: this.#crc };
  }

  /** The MD5 in lower-case hexadecimal. No bytes can be added afterwards. */
  digest(): string {
    return this.#md5.digest('hex');
  }
}
