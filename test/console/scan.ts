import type { Locator } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import { z } from 'zod';

const image = z.object({ width: z.number(), height: z.number(), data: z.array(z.number()) });

/** Reads a QR code as a camera does: from the pixels that are shown. @throws Error when there is none */
export async function scan(shown: Locator): Promise<string> {
  const picture = (await shown.screenshot()).toString('base64');
  // The browser unpacks its own picture. The page's policy allows no `data:` source for it.
  const pixels = await shown.page().evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${picture}'), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    return { width: bitmap.width, height: bitmap.height, data: [...data] };
  })()`);
  const { width, height, data } = image.parse(pixels);
  return decodeQR({ width, height, data: Uint8ClampedArray.from(data) });
}
