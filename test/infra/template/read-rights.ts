import { z } from 'zod';
import type { Synthesis } from './synthesis.ts';

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([z.array(item), item.transform((one) => [one])]);

const policy = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.string(),
        Action: oneOrMore(z.string()),
        Resource: oneOrMore(z.unknown()),
        Condition: z.unknown().optional(),
      }),
    ),
  }),
});

/** Rights of a role: actions, sorted, by resource (by the name of its output, if it has one). */
export type Rights = Record<string, string[]>;

/** The rights of a function. */
export function rightsOf(synthesis: Synthesis, entry: string): Rights {
  const { properties } = synthesis.lambda(entry);
  const logs = z.object({ LogGroup: z.object({ Ref: z.string() }) }).parse(properties.LoggingConfig).LogGroup.Ref;
  return rightsOfRole(synthesis, properties.Role, { [logs]: 'own logs' });
}

/** The rights of the task that runs a program. */
export function rightsOfTask(synthesis: Synthesis, entry = 'files/send-task'): Rights {
  return rightsOfRole(synthesis, synthesis.taskOf(entry).properties.TaskRoleArn);
}

/** The rights of a role, given by its ARN. @param names further logical ids, with what to call them */
export function rightsOfRole(synthesis: Synthesis, roleArn: unknown, names: Record<string, string> = {}): Rights {
  const role = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).parse(roleArn)['Fn::GetAtt'][0];
  const called = { ...outputNames(synthesis), ...names };
  const rights: Record<string, Set<string>> = {};
  const statements = policies(synthesis)
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  for (const statement of statements) {
    if (statement.Effect !== 'Allow') throw new Error(`Nothing but Allow is expected, not ${statement.Effect}`);
    for (const arn of statement.Resource) {
      const resource = describeArn(arn, called) + throughService(statement.Condition);
      rights[resource] ??= new Set();
      for (const action of statement.Action) rights[resource].add(action);
    }
  }
  return Object.fromEntries(Object.entries(rights).map(([resource, actions]) => [resource, [...actions].sort()]));
}

/** Every policy of the stack. */
export function policies(synthesis: Synthesis) {
  return Object.values(synthesis.resources('AWS::IAM::Policy')).map(({ Properties }) => policy.parse(Properties));
}

/** The names of outputs by the logical id of what they give the name, URL or ARN of. */
export function outputNames(synthesis: Synthesis): Record<string, string> {
  const outputs = z.record(z.string(), z.object({ Value: z.unknown() })).parse(synthesis.template.findOutputs('*'));
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { Value }]) => {
      const reference = z.object({ Ref: z.string() }).safeParse(Value);
      return reference.success ? [[reference.data.Ref, name]] : [];
    }),
  );
}

/** By way of which service a key may be used, where a condition tells one. */
function throughService(condition: unknown): string {
  const [, service] = /"kms:ViaService":\{"Fn::Join":\["",\["(\w+)\./.exec(JSON.stringify(condition) ?? '') ?? [];
  return service ? ` by ${service}` : '';
}

/** An ARN in one line: `FilesBucket/projects/*` for what the template says with Fn::Join and Fn::GetAtt. */
function describeArn(arn: unknown, called: Record<string, string>): string {
  if (typeof arn === 'string') return arn;
  return z
    .union([
      z.object({ Ref: z.string() }).transform(({ Ref }) => called[Ref] ?? Ref),
      z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).transform((get) => {
        const id = get['Fn::GetAtt'][0];
        return called[id] ?? id;
      }),
      z.object({ 'Fn::Sub': z.string() }).transform((sub) => sub['Fn::Sub']),
      z
        .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) })
        .transform((join) => join['Fn::Join'][1].map((part) => describeArn(part, called)).join('')),
    ])
    .parse(arn);
}
