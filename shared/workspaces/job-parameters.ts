import * as z from 'zod';
import { parseKeepingNumbers, pythonRepr } from '../platform/python-repr.ts';

/** A parameter of jobs, as `GET /uws/parameters/` shows it. */
export const parameterSchema = z.strictObject({
  display_name: z.string(),
  description: z.string(),
  variable_name: z.string(),
  default_value: z.unknown(),
  validation: z.strictObject({
    type: z.enum(['int', 'bool', 'str', 'float']),
    min: z.number().optional(),
    max: z.number().optional(),
    required: z.boolean().default(false),
    enums: z.array(z.union([z.string(), z.number()])).optional(),
  }),
});

export type Parameter = z.infer<typeof parameterSchema>;

const numberOf = (variable_name: string, display_name: string, description: string, range: number[]): Parameter => {
  const [min, max, default_value] = range;
  const validation = { type: 'int', min, max, required: false } as const;
  return { display_name, description, variable_name, default_value, validation };
};

/** Parameters of the public clients. */
export const standardParameters: Parameter[] = [
  numberOf('num_cpus', 'Number of CPUs', 'Number of CPU cores of the job', [1, 16, 1]),
  numberOf('memory_mb', 'Memory (MB)', 'Memory of the job in megabytes', [1_024, 131_072, 8_192]),
  numberOf('time_limit_minutes', 'Time limit (minutes)', 'Minutes after which the job ends', [1, 720, 180]),
  {
    display_name: 'Enable GPU support',
    description: 'Whether the job needs a GPU',
    variable_name: 'gpu_enabled',
    default_value: false,
    validation: { type: 'bool', required: false },
  },
];

/** Names that public clients have for one parameter. */
const synonyms = [['time_limit_minutes', 'time_limit_min']];

const namesOf = ({ variable_name }: Parameter): readonly string[] => [
  variable_name,
  ...(synonyms.find((names) => names.includes(variable_name)) ?? []),
];

/** The name by which options give a parameter, undefined where they do not. */
const nameIn = (parameter: Parameter, options: Readonly<Record<string, unknown>>): string | undefined =>
  namesOf(parameter).find((name) => Object.hasOwn(options, name));

/**
 * Checks the options of a job against the parameters. Unknown options are ignored.
 *
 * @param text the body's JSON, in which numbers are as they were sent
 * @returns a text for each rule that is broken, as the documented API words them
 */
export function checkOptions(
  parameters: readonly Parameter[],
  options: Readonly<Record<string, unknown>>,
  text: string,
) {
  const missing = parameters.filter(
    (parameter) => parameter.validation.required && nameIn(parameter, options) === undefined,
  );
  const sent = sentOptions(text);
  return [
    ...missing.map(({ variable_name }) => `Missing required: ${variable_name}`),
    ...parameters.flatMap((parameter) => {
      const name = nameIn(parameter, options);
      return name === undefined ? [] : brokenRules(parameter, options[name], sent[name]);
    }),
  ];
}

/** The options with each number as its source text, by name. */
function sentOptions(text: string): Record<string, unknown> {
  const body = Object(parseKeepingNumbers(text));
  return Object(Reflect.get(body, 'resource_options'));
}

function brokenRules({ variable_name, validation }: Parameter, value: unknown, sent: unknown): string[] {
  const { type, min, max, enums } = validation;
  const found = typeName(sent);
  const shown = typeof value === 'string' ? value : pythonRepr(sent);
  if (found !== type) {
    return [
      `${variable_name}: Value '${shown}' of type ${found} does not match required type ${type}. Skipping further validation of parameter ${variable_name}.`,
    ];
  }
  const number = Number(value);
  return [
    // As in the documented API a limit of 0 is none.
    ...(min && number < min ? [`${variable_name}: Value '${shown}' not above minimum of ${min}.`] : []),
    ...(max && number > max ? [`${variable_name}: Value '${shown}' above maximum of ${max}.`] : []),
    ...(enums && !enums.some((allowed) => allowed === value)
      ? [`${variable_name}: Value '${shown}' is invalid. Valid values: ${enums.join(', ')}.`]
      : []),
  ];
}

/** Name of a JSON value's type in Python. */
function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  if (Array.isArray(value)) return 'list';
  if (!isNumber(value)) return 'dict';
  return /^-?\d+$/.test(pythonRepr(value)) ? 'int' : 'float';
}

/** Numbers are objects of their source text, see `parseKeepingNumbers`. */
const isNumber = (value: unknown) => Object.getPrototypeOf(value) !== Object.prototype;

/**
 * Resources that a job asks for. Options that were not given have the parameters' defaults; one that is no parameter was not checked, and
 * counts for nothing.
 */
export function requestedResources(parameters: readonly Parameter[], options: Readonly<Record<string, unknown>>) {
  const value = (name: string): unknown => {
    const parameter = parameters.find((each) => namesOf(each).includes(name));
    const given = parameter && nameIn(parameter, options);
    return given === undefined ? parameter?.default_value : options[given];
  };
  const amount = (fallback: number, name: string) => {
    const found = value(name);
    return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : fallback;
  };
  return {
    cores: amount(1, 'num_cpus'),
    memoryMb: amount(1_024, 'memory_mb'),
    timeLimitMinutes: amount(180, 'time_limit_minutes'),
    gpu: value('gpu_enabled') === true,
  };
}
