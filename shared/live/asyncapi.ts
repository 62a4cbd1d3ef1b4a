import * as z from 'zod';
import { eventSchema } from '../history/events.ts';
import { projectEvent } from '../processes/events/payload.ts';
import { closings } from './close.ts';
import { incidentSchema } from './events/incident-news.ts';
import { jobSchema } from './events/job-news.ts';
import type { Registration } from './registration.ts';
import { authSchema, placeSchema } from './request/first-message.ts';
import { transferProgressSchema } from './watch/transfer-progress.ts';

type Json = Readonly<Record<string, unknown>>;

/** A request of a client, or a message of the server. */
interface MessageDescription {
  summary: string;
  payload: Json;
}

const schemaOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...bare } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return bare;
};

/** Fields of what is pushed about processes. */
const projectEventSchema = Object(schemaOf(projectEvent).properties);

/** Fields of what is pushed about jobs. */
const jobFields = Object(schemaOf(jobSchema).properties);

const object = (properties: Json, required: readonly string[]): Json => ({ type: 'object', properties, required });

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const id = { type: ['string', 'number'], description: 'Repeated in the answer, for clients with the feature `id`' };

/** Place in the log, sent to clients with the feature `resume`. */
const place = {
  epoch: { ...text, description: 'Names the log. Another one is a gap' },
  offset: { ...count, description: 'Place of the newest push' },
};

const pushed = {
  push: { const: true, description: 'Tells pushes from answers, for clients with the feature `resume`' },
  channel: text,
  offset: { ...count, description: 'Place of this push: counts up by one' },
};

const answerOf = (action: string, more: Json = {}): MessageDescription => ({
  summary: `The answer to ${action}`,
  payload: object({ success: {}, action: { const: action }, id, comment: text, ...more }, ['success']),
});

/** Requests of the protocol itself, each with its answer. */
const protocol: Readonly<Record<string, { request: MessageDescription; answer: MessageDescription }>> = {
  auth: {
    request: {
      summary: 'The first message; again, with another token of the same account',
      payload: schemaOf(authSchema),
    },
    answer: answerOf('auth', {
      timeout: { type: 'number', description: 'Seconds of silence after which the connection is closed' },
      session: text,
      ...place,
      recovered: { type: 'boolean', description: 'Whether the pushes that follow are all that was missed' },
    }),
  },
  ping: simple('ping', 'Asks for an answer', place),
  keepalive: simple('keepalive', 'Keeps the connection open', place),
  disconnect: simple('disconnect', 'Closes the connection after the answer'),
  resume: {
    request: {
      summary: 'Asks for the pushes after a place',
      payload: merge(schemaOf(placeSchema), { action: { const: 'resume' }, id }),
    },
    answer: answerOf('resume', { ...place, recovered: { type: 'boolean' } }),
  },
  presence: simple('presence', 'Asks which sessions are connected', {
    channel: text,
    count,
    sessions: { type: 'array', items: text },
  }),
};

/** Messages that the server sends by itself. */
const pushes: Readonly<Record<string, MessageDescription>> = {
  event: {
    summary: 'A change of a project, an access, a file or an account that the account may see',
    payload: object({ action: { const: 'event' }, event: schemaOf(eventSchema), ...pushed }, ['action', 'event']),
  },
  projectEvent: {
    summary: 'Somebody else has changed a process of the account; who was away gets it by `getMissedEvents`, too',
    payload: object({ action: { const: 'projectEvent' }, ...projectEventSchema, ...pushed }, [
      'action',
      'eventType',
      'events',
    ]),
  },
  incident: {
    summary: 'An incident is raised, or its cause has gone; to operators',
    payload: object({ action: { const: 'incident' }, incident: schemaOf(incidentSchema), ...pushed }, [
      'action',
      'incident',
    ]),
  },
  job: {
    summary: 'A job of a workspace of the account has another state or other details',
    payload: object({ action: { const: 'job' }, ...jobFields, ...pushed }, ['action', ...Object.keys(jobFields)]),
  },
  offset: {
    summary: 'The place of a push that is not for this connection',
    payload: object({ action: { const: 'offset' }, ...pushed }, ['action', 'push', 'channel', 'offset']),
  },
  presence: {
    summary: 'A session has come or gone',
    payload: object({ action: { const: 'presence' }, event: { enum: ['join', 'leave'] }, session: text, count }, [
      'action',
    ]),
  },
  progress: {
    summary: 'How far transfers are that have moved on, for clients with the feature `progress`; once a second at most',
    payload: object(
      {
        action: { const: 'progress' },
        push: pushed.push,
        transfers: { type: 'array', items: schemaOf(transferProgressSchema) },
      },
      ['action', 'push', 'transfers'],
    ),
  },
  poll: {
    summary: 'A poll has ended, for operators with the feature `poll`: what it has found or marked may be no event',
    payload: object(
      { action: { const: 'poll' }, push: pushed.push, finishedAt: { type: 'string', format: 'date-time' } },
      ['action', 'push', 'finishedAt'],
    ),
  },
  reconnect: {
    summary: 'The connection ends soon: connect anew, and resume',
    payload: object(
      { action: { const: 'reconnect' }, code: { const: 1001 }, within: { ...count, description: 'Seconds' } },
      ['action'],
    ),
  },
  close: {
    summary: 'The last message before the server closes the connection',
    payload: object(
      {
        action: { const: 'close' },
        code: { enum: [...new Set(Object.values(closings).map(({ code }) => code))] },
        comment: text,
      },
      ['action', 'code', 'comment'],
    ),
  },
};

/**
 * Describes a WebSocket API as an AsyncAPI 3.0 document, by the schemas that requests are checked with.
 *
 * @param registrations the actions beside those of the protocol
 */
export function asyncApi(registrations: Iterable<Registration>) {
  const registered = [...registrations].map((one) => [one.action, described(one)] as const);
  const requests = { ...protocol, ...Object.fromEntries(registered) };
  const messages: Record<string, MessageDescription> = {};
  const operations: Record<string, Json> = {};
  const ref = (name: string) => ({ $ref: `#/channels/live/messages/${name}` });
  const channel = { $ref: '#/channels/live' };
  for (const [action, { request, answer }] of Object.entries(requests)) {
    messages[`${action}.request`] = request;
    messages[`${action}.answer`] = answer;
    const reply = { channel, messages: [ref(`${action}.answer`)] };
    const { summary } = request;
    operations[`receive.${action}`] = {
      action: 'receive',
      channel,
      summary,
      messages: [ref(`${action}.request`)],
      reply,
    };
  }
  for (const [action, push] of Object.entries(pushes)) {
    messages[`${action}.push`] = push;
    const { summary } = push;
    operations[`send.${action}`] = { action: 'send', channel, summary, messages: [ref(`${action}.push`)] };
  }
  return {
    asyncapi: '3.0.0',
    id: 'urn:dst-gateway:live',
    defaultContentType: 'application/json',
    info: {
      title: 'DST Gateway: live',
      version: '1',
      description: 'Text frames with one JSON object each. The first message authenticates the connection.',
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
      tags: [{ name: 'live' }],
    },
    channels: {
      live: { address: '/', messages, bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } } },
    },
    operations,
  };
}

function simple(action: string, summary: string, more?: Json) {
  return {
    request: { summary, payload: object({ action: { const: action }, id }, ['action']) },
    answer: answerOf(action, more),
  };
}

function described({ action, schema = {}, description }: Registration) {
  const payload = merge(schema, { action: { const: action }, id });
  return { request: { summary: description ?? `Asks for ${action}`, payload }, answer: answerOf(action) };
}

/** Adds properties to the schema of an object. */
function merge(schema: Json, properties: Json): Json {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return {
    type: 'object',
    ...schema,
    properties: { ...Object(schema.properties), ...properties },
    required: [...new Set([...required, 'action'])],
  };
}
