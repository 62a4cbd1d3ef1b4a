import type { MessageRecord } from '../messages/record.ts';
import { PermanentError } from '../platform/errors.ts';
import type { PasswordKeys } from '../platform/password-keys.ts';
import { hashOneTimePassword, newPassword, oneTimePassword } from './derive-password.ts';

/** The message from which a password is derived, and its access. */
interface PasswordHandling {
  record: Pick<MessageRecord, 'messageId' | 'type' | 'passwordKeyId'>;
  data: { accessIdentifier: string };
}

/** Derives one-time passwords from messages. Each message has its own, which is the same each time. */
export class OneTimePasswords {
  readonly #centre: string;
  readonly #keys: PasswordKeys;
  readonly #hash: typeof hashOneTimePassword;

  /**
   * @param centre distinguishes centres that share a secret
   * @param hash computes the stored hash of a password
   */
  constructor(centre: string, keys: PasswordKeys, hash = hashOneTimePassword) {
    this.#centre = centre;
    this.#keys = keys;
    this.#hash = hash;
  }

  /** Creates a new password. Returns what the tables store: its hash, and the id of the key from which it was derived. */
  async make(handling: PasswordHandling): Promise<{ passwordHash: string; passwordKeyId: string }> {
    return newPassword(this.#keys, this.#purpose(handling), this.#hash);
  }

  /** Derives the password again, for the portal and for the system that creates the account. */
  async again(handling: PasswordHandling): Promise<string> {
    const { messageId, passwordKeyId } = handling.record;
    if (!passwordKeyId) throw new PermanentError(`Message ${messageId} has no password key`);
    return oneTimePassword(await this.#keys.byId(passwordKeyId), this.#purpose(handling));
  }

  #purpose({ record, data }: PasswordHandling) {
    const { type: messageType, messageId } = record;
    return { centre: this.#centre, messageType, messageId, accessIdentifier: data.accessIdentifier };
  }
}
