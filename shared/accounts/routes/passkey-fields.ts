import * as z from 'zod';

// The JSON forms of WebAuthn (Web Authentication Level 3), as `PublicKeyCredential.toJSON()` makes them in a browser.

/** Longest value: a key and a signature of RSA fit well. */
const encoded = z.string().max(10_000);
/** Credential ids have 1,023 bytes at most. */
const credentialId = z.string().max(1_364);
const transports = z.array(z.string().max(32)).max(16);

const credential = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  // Nothing is asked of extensions.
  clientExtensionResults: z.object({}),
};

const id = 'p'.repeat(22);
const credentialExample = { id, rawId: id, type: 'public-key', clientExtensionResults: {} };
export const creationExample = {
  ...credentialExample,
  response: { clientDataJSON: 'e30', attestationObject: 'oA', transports: ['internal'] },
};
export const useExample = {
  ...credentialExample,
  response: { clientDataJSON: 'e30', authenticatorData: 'AA', signature: 'AA' },
};

/** A browser's answer to the options for a new passkey. */
export const creationResponse = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: encoded,
      attestationObject: encoded,
      transports: transports.default([]),
    }),
  })
  .meta({ examples: [creationExample] });

/** A browser's answer to the options for a sign-in. */
export const useResponse = z
  .object({
    ...credential,
    response: z.object({ clientDataJSON: encoded, authenticatorData: encoded, signature: encoded }),
  })
  .meta({ examples: [useExample] });

const descriptor = z.object({
  id: z.string(),
  type: z.string(),
  transports: z.array(z.string()).optional(),
});

/** Options for `navigator.credentials.create`; `PublicKeyCredential.parseCreationOptionsFromJSON` reads them. */
export const creationOptionsView = z
  .looseObject({
    rp: z.object({ id: z.string().optional(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number() })),
    excludeCredentials: z.array(descriptor).optional(),
  })
  .meta({
    examples: [
      {
        rp: { id: 'centre.example', name: 'DST Gateway' },
        user: { id: 'dQ', name: 'bob', displayName: 'bob' },
        challenge: 'c'.repeat(43),
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        timeout: 300_000,
        attestation: 'none',
        excludeCredentials: [],
      },
    ],
  });

/** Options for `navigator.credentials.get`; `PublicKeyCredential.parseRequestOptionsFromJSON` reads them. */
export const requestOptionsView = z
  .looseObject({
    challenge: z.string(),
    rpId: z.string().optional(),
    allowCredentials: z.array(descriptor).optional(),
  })
  .meta({
    examples: [{ challenge: 'd'.repeat(43), rpId: 'centre.example', allowCredentials: [{ id, type: 'public-key' }] }],
  });
