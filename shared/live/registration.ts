import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ConfigurationError } from '../platform/errors.ts';
import { parseKeepingNumbers } from '../platform/python-repr.ts';
import type { Connection } from './connection.ts';
import type { HandlerResult } from './protocol/answer.ts';
import type { Message } from './protocol/message.ts';
import { schemaErrorText } from './protocol/schema-error.ts';

/** A JSON Schema of draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

/** Carries out a request. A thrown error is answered with its name and text. */
export type Handler = (data: Message, connection: Connection) => HandlerResult | Promise<HandlerResult>;

/** An action that clients may ask for. */
export interface Registration {
  readonly action: string;
  readonly handler: Handler;
  readonly schema: Schema | undefined;
  /** For people, in the description of the API. */
  readonly description: string | undefined;
  /** @returns the first violation of the schema, undefined for none. @param text of the message, for numbers as they were sent */
  violation(message: Message, text: string): string | undefined;
}

/** Like Python's `validate`, checks no formats and ignores unknown keywords. */
const ajv = new Ajv2020({
  strict: false,
  validateFormats: false,
  allErrors: true,
  verbose: true,
  addUsedSchema: false,
});

/** Fields around the data of a request, hidden from a schema that does not name them. */
const envelope = ['action', 'id'] as const;

/** Actions of the protocol itself. */
export const protocolActions = ['auth', 'ping', 'keepalive', 'disconnect', 'resume', 'presence'] as const;

export type ProtocolAction = (typeof protocolActions)[number];

/**
 * @param schema of the whole message; `action` and `id` need not be named. Without one every message passes
 * @throws ConfigurationError when the action is one of the protocol's own
 * @throws Error when the schema is no JSON Schema
 */
export function createRegistration(
  action: string,
  handler: Handler,
  schema?: Schema,
  description?: string,
): Registration {
  if (protocolActions.some((own) => own === action))
    throw new ConfigurationError(`The action ${action} is part of the protocol`);
  const validate = schema && ajv.compile(schema);
  const hidden = envelope.filter((field) => !names(schema, field));
  return {
    action,
    handler,
    schema,
    description,
    violation(message, text) {
      if (!validate || validate(without(message, hidden))) return undefined;
      return schemaErrorText((validate.errors ?? []) as ErrorObject[], parseKeepingNumbers(text));
    },
  };
}

function names(schema: Schema | undefined, field: string): boolean {
  const { properties, required } = schema ?? {};
  return Object.hasOwn(Object(properties), field) || (Array.isArray(required) && required.includes(field));
}

const without = (message: Message, fields: readonly string[]): Message =>
  Object.fromEntries(Object.entries(message).filter(([field]) => !fields.includes(field)));
