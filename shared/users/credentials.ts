import type { MessageRecord } from '../messages/record.ts';
import { PermanentError } from '../platform/errors.ts';
import { hashPassword, newPassword, oneTimePassword } from './one-time-password.ts';
import type { PasswordKeys } from './password-keys.ts';

/** The message that a password is of, and the access that it is for. */
interface PasswordTurn {
  record: Pick<MessageRecord, 'messageId' | 'type' | 'passwordKeyId'>;
  data: { accessIdentifier: string };
}

/** Makes the one-time passwords of messages: each message's own, the same each time. */
export class Credentials {
  readonly #centre: string;
  readonly #keys: PasswordKeys;
  readonly #hash: typeof hashPassword;

  /**
   * @param centre tells centres apart that share a secret
   * @param hash what the tables keep of a password
   */
  constructor(centre: string, keys: PasswordKeys, hash = hashPassword) {
    this.#centre = centre;
    this.#keys = keys;
    this.#hash = hash;
  }

  /** What the tables keep of a new password: its hash, and the id of the key that it was made with. */
  async make(turn: PasswordTurn): Promise<{ passwordHash: string; passwordKeyId: string }> {
    return newPassword(this.#keys, this.#purpose(turn), this.#hash);
  }

  /** The password itself, for the eyes of the portal and of who makes the account. */
  async again(turn: PasswordTurn): Promise<string> {
    const { messageId, passwordKeyId } = turn.record;
    if (!passwordKeyId) throw new PermanentError(`Message ${messageId} has no password key`);
    return oneTimePassword(await this.#keys.byId(passwordKeyId), this.#purpose(turn));
  }

  #purpose({ record, data }: PasswordTurn) {
    const { type: messageType, messageId } = record;
    return { centre: this.#centre, messageType, messageId, accessIdentifier: data.accessIdentifier };
  }
}
