/** A frame as its header announces it. */
export interface Frame {
  /** 1 text, 2 binary, 0 the continuation of a message, 8 and above control frames (RFC 6455, section 5.2). */
  opcode: number;
  /** Bytes of the payload. */
  length: number;
}

/**
 * Reads the headers of a client's frames out of the bytes as they come, because `ws` limits messages and not frames.
 *
 * @returns takes the next bytes, and returns the frames that begin in them
 */
export function frameReader(): (bytes: Uint8Array) => Frame[] {
  const header: number[] = [];
  /** Bytes of the present frame that are left after its header. */
  let left = 0;
  return (bytes) => {
    const frames: Frame[] = [];
    for (let index = 0; index < bytes.length; ) {
      if (left > 0) {
        const skipped = Math.min(left, bytes.length - index);
        left -= skipped;
        index += skipped;
        continue;
      }
      header.push(bytes[index++] ?? 0);
      const frame = readHeader(header);
      if (!frame) continue;
      frames.push(frame);
      left = frame.length;
      header.length = 0;
    }
    return frames;
  };
}

/** @returns undefined while the header is not complete */
function readHeader(header: readonly number[]): Frame | undefined {
  const [first = 0, second = 0] = header;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const mask = second & 0x80 ? 4 : 0;
  if (header.length < 2 + lengthBytes + mask) return undefined;
  const extended = header.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return { opcode: first & 0x0f, length: lengthBytes === 0 ? short : extended };
}
