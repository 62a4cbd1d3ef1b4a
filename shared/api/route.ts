import type * as z from 'zod';
import type { Caller, RouteAccess } from './access.ts';
import { type Answer, Refusal } from './answer.ts';
import { type Form, isForm, parseForm } from './form-body.ts';
import { bodyText, isJson, parseJson, type SentBody } from './json-body.ts';
import { parameterError } from './parameter-error.ts';
import { refusals } from './refusals.ts';
import { validationError } from './validation-error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request as a route gets it. */
export interface SentRequest extends SentBody {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parameters of the path, which API Gateway has decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Percent-encoded, without the question mark. */
  readonly query: string;
  /** The client's IP address. */
  readonly address: string;
  readonly requestId: string;
}

/** An answer that a route may give. Examples are in the schema, as `.meta({ examples: […] })`. */
export interface DescribedAnswer {
  readonly description: string;
  readonly body: z.ZodType;
  /** Content type of an answer of bytes; JSON by default. */
  readonly contentType?: string;
}

export type DescribedAnswers = Readonly<Record<number, DescribedAnswer>>;

/** One of the answers that a route declares. */
export type AnswerOf<Answers extends DescribedAnswers> = {
  [Status in keyof Answers & number]: Answer<Status, z.input<Answers[Status]['body']>>;
}[keyof Answers & number];

type Schema = z.ZodType | undefined;
type Parsed<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;
type ParsedForm<S extends Schema> = S extends z.ZodType ? Form<z.output<S>> | undefined : undefined;

/** Checked input of a handler. */
export interface CheckedRequest<
  Admitted,
  Parameters extends Schema,
  Query extends Schema,
  Body extends Schema,
  Fields extends Schema,
> extends Pick<SentRequest, 'headers' | 'address' | 'requestId'> {
  /** The body as it was sent, for handlers that read it themselves. */
  readonly sent: SentBody;
  readonly caller: Admitted;
  readonly parameters: Parsed<Parameters>;
  readonly query: Parsed<Query>;
  /** Undefined when a form was sent to a route that takes forms, too. */
  readonly body: Fields extends z.ZodType ? Parsed<Body> | undefined : Parsed<Body>;
  /** Undefined when JSON was sent to a route that takes JSON, too. */
  readonly form: ParsedForm<Fields>;
}

export interface RouteProps<
  Context,
  Admitted extends Caller | undefined,
  Parameters extends Schema,
  Query extends Schema,
  Body extends Schema,
  Fields extends Schema,
  Answers extends DescribedAnswers,
> {
  readonly method: Method;
  /** From the root of the API, with parameters in braces: `/accounts/user/{username}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: RouteAccess<Admitted>;
  /** Whether the token of an account that has to set a new password opens it. */
  readonly beforePasswordChange?: boolean;
  /** Whether the token of an account that has to add a second factor opens it. */
  readonly beforeSecondFactor?: boolean;
  /** Whether a body of any content type is read as JSON. */
  readonly anyContentType?: boolean;
  /** An object of strings. */
  readonly parameters?: Parameters;
  /** An object of strings; parameters that it does not name are ignored. */
  readonly query?: Query;
  readonly body?: Body;
  /** The fields of a form that are no files. With a `body` the Content-Type decides which one is read. */
  readonly form?: Fields;
  /** The schema that refusals of the body quote, where the documented one has fewer fields. */
  readonly documentedBody?: z.ZodType;
  /** Describes a body that the handler reads itself, because other checks come first. */
  readonly described?: { readonly body?: z.ZodType; readonly form?: z.ZodType };
  /** By status, without the refusals that all routes have in common. */
  readonly answers: Answers;
  /** Replaces the usual answer to a body that is not JSON or breaks the schema. */
  readonly invalidBody?: Answer;
  handler(
    request: CheckedRequest<Admitted, Parameters, Query, Body, Fields>,
    context: Context,
  ): Promise<AnswerOf<Answers>>;
}

/** Description of a route, by its declaration. */
export interface RouteDescription {
  readonly method: Method;
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: Pick<RouteAccess<Caller | undefined>, 'token' | 'description' | 'noToken' | 'answers'>;
  readonly beforePasswordChange?: boolean;
  readonly beforeSecondFactor?: boolean;
  readonly anyContentType?: boolean;
  readonly parameters?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly form?: Schema;
  readonly described?: { readonly body?: z.ZodType; readonly form?: z.ZodType };
  readonly answers: DescribedAnswers;
  readonly invalidBody?: Answer;
}

/** A declared route. */
export interface Route<Context> extends RouteDescription {
  /**
   * Checks right and schema, and answers.
   *
   * @param caller the owner of the token, if the route asks for one
   * @throws Refusal with the answer to a request that is not carried out
   */
  answer(request: SentRequest, caller: Caller | undefined, context: Context): Promise<Answer>;
}

/**
 * Declares the routes of a subsystem, whose handlers get its context. Router and API description both come from a declaration.
 *
 * @example
 * const route = routesOf<AccountsContext>();
 * export const readUser = route({ method: 'GET', path: '/accounts/user/{username}', … });
 */
export const routesOf =
  <Context>() =>
  <
    Admitted extends Caller | undefined,
    const Answers extends DescribedAnswers,
    Parameters extends Schema = undefined,
    Query extends Schema = undefined,
    Body extends Schema = undefined,
    Fields extends Schema = undefined,
  >(
    props: RouteProps<Context, Admitted, Parameters, Query, Body, Fields, Answers>,
  ): Route<Context> => ({
    ...props,
    async answer(request, caller, context) {
      const { headers, address, requestId } = request;
      const sent: SentBody = { body: request.body, isBase64Encoded: request.isBase64Encoded };
      const admitted = props.access.admit(caller, request.parameters);
      const parameters = parse<Parameters>(props.parameters, request.parameters);
      const query = parse<Query>(props.query, parseQuery(request.query));
      const sendsForm = props.form !== undefined && (!props.body || isForm(headers['content-type']));
      const body = sendsForm ? undefined : parseBody<Body>(props.body, request, props);
      const form = sendsForm ? await parseForm(props.form, request, headers['content-type'] ?? '') : undefined;
      const checked = { headers, address, requestId, sent, caller: admitted, parameters, query, body, form };
      return props.handler(checked as CheckedRequest<Admitted, Parameters, Query, Body, Fields>, context);
    },
  });

function parse<S extends Schema>(schema: S | undefined, sent: Readonly<Record<string, string>>): Parsed<S> {
  // Neither a database nor an answer can hold it as it is.
  const broken = Object.keys(sent).find((name) => !sent[name]?.isWellFormed());
  if (broken !== undefined) throw refusals.badRequest(`${broken}: is not well-formed Unicode`);
  const { data, error } = schema?.safeParse(sent, { error: parameterError }) ?? {};
  const [issue] = error?.issues ?? [];
  if (issue) throw refusals.badRequest(`${issue.path.join('.')}: ${issue.message}`);
  return data as Parsed<S>;
}

/** @throws Refusal when a parameter is there twice: which one counts would be a guess */
function parseQuery(query: string): Record<string, string> {
  const entries = [...new URLSearchParams(query)];
  const parameters = new Map(entries);
  if (parameters.size < entries.length) throw refusals.badRequest('A query parameter is given twice');
  return Object.fromEntries(parameters);
}

function parseBody<S extends Schema>(
  schema: S | undefined,
  request: SentRequest,
  {
    anyContentType,
    documentedBody,
    invalidBody,
  }: { anyContentType?: boolean; documentedBody?: z.ZodType; invalidBody?: Answer },
): Parsed<S> {
  if (!schema) return undefined as Parsed<S>;
  const text = bodyText(request);
  try {
    if (!anyContentType && !isJson(request.headers['content-type'])) {
      throw refusals.badJson('The Content-Type is not application/json');
    }
    const { data, error } = schema.safeParse(parseJson(text));
    if (error) throw validationError(documentedBody ?? schema, error.issues, text);
    return data as Parsed<S>;
  } catch (error) {
    if (error instanceof Refusal && invalidBody) throw new Refusal(invalidBody);
    throw error;
  }
}
