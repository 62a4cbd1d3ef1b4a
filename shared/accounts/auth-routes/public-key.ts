import * as z from 'zod';
import { anyone } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { publicPem } from '../../auth/signing-keys.ts';
import { route } from './context.ts';

const pem = '-----BEGIN PUBLIC KEY-----\nMIIB…\n-----END PUBLIC KEY-----\n';

export const requestPublicKey = route({
  method: 'GET',
  path: '/auth/requestPublicKey',
  summary: 'Gives the public key of signed tokens, and the keys whose tokens may still be valid',
  access: anyone,
  answers: {
    200: {
      description: '`publickey` is the key that signs; `keys` has all, that one among them',
      body: z
        .object({ publickey: z.string(), keys: z.array(z.object({ kid: z.string(), publickey: z.string() })) })
        .meta({ examples: [{ publickey: pem, keys: [{ kid: '2026-01-05T08:00:00.000Z', publickey: pem }] }] }),
    },
  },
  async handler(_request, { signingKeys }) {
    const { current, verifying } = await signingKeys();
    const keys = verifying.map(({ keyId, publicKey }) => ({ kid: keyId, publickey: publicPem(publicKey) }));
    return answer(200, { publickey: publicPem(current.publicKey), keys });
  },
});
