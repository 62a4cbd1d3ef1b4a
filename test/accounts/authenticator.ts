import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest();
const base64url = (data: Uint8Array | string) => Buffer.from(data).toString('base64url');

/** Flags of authenticator data (Web Authentication Level 3, 6.1). */
const [userPresent, attestedCredential] = [0x01, 0x40];

export interface Page {
  origin?: string;
  domain?: string;
}

/** A security key in software, with one credential of ES256, and the browser before it. */
export class Authenticator {
  readonly id = randomBytes(16);
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** Uses so far; stays 0 for an authenticator that does not count. */
  counter: number;
  readonly #counts: boolean;
  readonly #page: Required<Page>;

  constructor({ origin = 'https://api.centre.example', domain = 'centre.example' }: Page = {}, counts = true) {
    this.#page = { origin, domain };
    this.#counts = counts;
    this.counter = 0;
  }

  /** The credential that `navigator.credentials.create` gives. @param attestation `none`, or a format, signed by the credential itself */
  create(challenge: string, attestation = 'none') {
    const clientDataJSON = this.#clientData('webauthn.create', challenge);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, this.id, this.#coseKey()]);
    const authData = Buffer.concat([this.#data(userPresent | attestedCredential), credential]);
    const attStmt: Map<string, number | Uint8Array> =
      attestation === 'none'
        ? new Map()
        : new Map(Object.entries({ alg: -7, sig: this.#sign(authData, clientDataJSON) }));
    const attestationObject = isoCBOR.encode(
      new Map<string, string | Uint8Array | typeof attStmt>([
        ['fmt', attestation],
        ['attStmt', attStmt],
        ['authData', new Uint8Array(authData)],
      ]),
    );
    return this.#answer({
      clientDataJSON: base64url(clientDataJSON),
      attestationObject: base64url(attestationObject),
      transports: ['usb'],
    });
  }

  /** The assertion that `navigator.credentials.get` gives. */
  get(challenge: string) {
    if (this.#counts) this.counter++;
    const clientDataJSON = this.#clientData('webauthn.get', challenge);
    const authenticatorData = this.#data(userPresent);
    return this.#answer({
      clientDataJSON: base64url(clientDataJSON),
      authenticatorData: base64url(authenticatorData),
      signature: base64url(this.#sign(authenticatorData, clientDataJSON)),
    });
  }

  readonly #answer = <Response>(response: Response) => {
    const id = base64url(this.id);
    return { id, rawId: id, type: 'public-key' as const, response, clientExtensionResults: {} };
  };

  readonly #clientData = (type: string, challenge: string) =>
    JSON.stringify({ type, challenge, origin: this.#page.origin, crossOrigin: false });

  #data(flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(this.#page.domain), Buffer.from([flags]), counter]);
  }

  readonly #sign = (data: Uint8Array, clientData: string) =>
    new Uint8Array(sign('sha256', Buffer.concat([data, sha256(clientData)]), this.#keys.privateKey));

  #coseKey(): Uint8Array {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const coordinate = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
    return isoCBOR.encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, coordinate(x)],
        [-3, coordinate(y)],
      ]),
    );
  }
}
