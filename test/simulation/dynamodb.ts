import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DeleteCommandInput,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type Item, meets, order, updated, ValidationException } from './expressions.ts';

/** A table's key: the partition's attribute, and the sort key's if it has one. */
export interface TableKey {
  hash: string;
  range?: string;
}

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
/** An update by itself may ask for what it made. */
type Changing = NonNullable<Action['Update']> & { ReturnValues?: UpdateCommandInput['ReturnValues'] };
/** A deletion by itself may ask for what it deleted. */
type Deleting = NonNullable<Action['Delete']> & { ReturnValues?: DeleteCommandInput['ReturnValues'] };
type Change = { table: Table; id: string; before: Item | undefined; after: Item | undefined };

/** Milliseconds after which every read sees a change: DynamoDB itself mostly takes less than one second. */
const longestLag = 30_000;

/** Most bytes of a page of a query or scan, and of an item (DynamoDB API reference). */
const pageBytes = 1024 * 1024;
const itemBytes = 400 * 1024;

type Watch = (table: string, after: Item | undefined, before: Item | undefined) => void;

interface Table {
  name: string;
  key: TableKey;
  items: Map<string, Item>;
}

/** DynamoDB's document client as far as the gateway uses it: every request takes effect at once, or not at all. */
export class SimulatedDynamoDb {
  readonly #tables: Map<string, Table>;
  readonly #watch: Watch;
  readonly #now: () => number;
  /** Latest changes with their times, the newest last: an eventually consistent read may miss them. */
  readonly #changes: (Change & { at: number })[] = [];

  /**
   * @param watch told of every item that a request changes, in the order in which they change
   * @param now milliseconds since 1970
   */
  constructor(keys: Record<string, TableKey>, watch: Watch = () => {}, now = () => 0) {
    this.#watch = watch;
    this.#now = now;
    this.#tables = new Map(Object.entries(keys).map(([name, key]) => [name, { name, key, items: new Map() }]));
  }

  /** All items of a table, in no order: to look at, not to change. */
  items(table: string): Item[] {
    return [...this.#table(table).items.values()];
  }

  /**
   * @param lag how many of the last changes, as far as they are new, a read does not see that is not asked to be consistent
   * @throws what DynamoDB would answer
   */
  execute(command: object, lag = 0): unknown {
    const oldest = this.#now() - longestLag;
    const undone =
      lag > 0
        ? this.#changes
            .slice(-lag)
            .filter(({ at }) => at >= oldest)
            .reverse()
        : [];
    for (const { table, id, before } of undone) put(table, id, before);
    try {
      return this.#carryOut(command);
    } finally {
      for (const { table, id, after } of undone.reverse()) put(table, id, after);
    }
  }

  #carryOut(command: object): unknown {
    if (command instanceof GetCommand) return this.#get(command);
    if (command instanceof BatchGetCommand) return this.#batchGet(command);
    if (command instanceof QueryCommand || command instanceof ScanCommand) return this.#page(command);
    if (command instanceof PutCommand) return this.#writeOne({ Put: command.input });
    if (command instanceof UpdateCommand) return this.#writeOne({ Update: command.input as Changing });
    if (command instanceof DeleteCommand) return this.#writeOne({ Delete: command.input as Deleting });
    if (command instanceof BatchWriteCommand) return this.#batchWrite(command);
    if (command instanceof TransactWriteCommand) return this.#transact(command);
    throw new ValidationException(`${command.constructor.name} is not simulated`);
  }

  #table(name: string | undefined): Table {
    const table = this.#tables.get(name ?? '');
    if (!table) throw new ValidationException(`There is no table ${name}`);
    return table;
  }

  #get({ input }: GetCommand) {
    const table = this.#table(input.TableName);
    const found = table.items.get(idOf(table, input.Key ?? {}));
    return found ? { Item: cloned(found) } : {};
  }

  #batchGet({ input }: BatchGetCommand) {
    const Responses: Record<string, Item[]> = {};
    let count = 0;
    for (const [name, request] of Object.entries(input.RequestItems ?? {})) {
      const table = this.#table(name);
      const keys: Item[] = request?.Keys ?? [];
      const ids = keys.map((key) => idOf(table, key));
      if (new Set(ids).size < ids.length)
        throw new ValidationException('Provided list of item keys contains duplicates');
      count += ids.length;
      const found = ids.map((id) => table.items.get(id)).filter((item) => item !== undefined);
      Responses[name] = found.map((item) =>
        projected(item, request.ProjectionExpression, request.ExpressionAttributeNames),
      );
    }
    if (count === 0 || count > 100) throw new ValidationException('Too many items requested for the BatchGetItem call');
    return { Responses };
  }

  #page(command: QueryCommand | ScanCommand) {
    const { input } = command;
    const table = this.#table(input.TableName);
    const condition = 'KeyConditionExpression' in input ? input.KeyConditionExpression : undefined;
    if (command instanceof QueryCommand && condition === undefined)
      throw new ValidationException('A condition on the key is missing');
    const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
    const items = [...table.items.values()]
      .filter((item) => meets(condition, { item, names, values }))
      .sort((a, b) => compareKeys(table, a, b));
    const direction = 'ScanIndexForward' in input && input.ScanIndexForward === false ? -1 : 1;
    if (direction < 0) items.reverse();
    // The item with which the last page ended may be gone by now.
    const start = input.ExclusiveStartKey;
    const behind = start ? items.findIndex((item) => direction * compareKeys(table, item, start) > 0) : 0;
    const from = behind < 0 ? items.length : behind;
    const page: Item[] = [];
    let bytes = 0;
    let read = 0;
    for (const item of items.slice(from)) {
      if (meets(input.FilterExpression, { item, names, values })) {
        page.push(projected(item, input.ProjectionExpression, names));
      }
      read += 1;
      bytes += sizeOf(item);
      if (read === input.Limit || bytes >= pageBytes) break;
    }
    const last = items[from + read - 1];
    const isLast = read < (input.Limit ?? Number.POSITIVE_INFINITY) && bytes < pageBytes;
    return { Items: page, Count: page.length, ...(!isLast && last && { LastEvaluatedKey: keyOf(table, last) }) };
  }

  #writeOne(action: Omit<Action, 'Update' | 'Delete'> & { Update?: Changing; Delete?: Deleting }) {
    const change = this.#plan(action);
    if (change.isRefused) {
      const asksForItem = action.Update?.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        // Its attributes, which the document client leaves marshalled, are read by nobody.
        ...(asksForItem && change.before && { Item: {} }),
      });
    }
    this.#apply(change);
    const { ReturnValues } = action.Update ?? action.Delete ?? {};
    // All are given, also where only the changed ones are asked for: nobody reads the others.
    if (ReturnValues === 'ALL_NEW' || ReturnValues === 'UPDATED_NEW') return { Attributes: cloned(change.after) };
    return ReturnValues === 'ALL_OLD' && change.before ? { Attributes: cloned(change.before) } : {};
  }

  #batchWrite({ input }: BatchWriteCommand) {
    const requests = Object.entries(input.RequestItems ?? {}).flatMap(([TableName, each]) =>
      each.map(({ DeleteRequest, PutRequest }) =>
        PutRequest ? { Put: { TableName, Item: PutRequest.Item } } : { Delete: { TableName, Key: DeleteRequest?.Key } },
      ),
    );
    if (requests.length === 0 || requests.length > 25)
      throw new ValidationException('Too many items requested for the BatchWriteItem call');
    for (const request of requests) this.#writeOne(request);
    return { UnprocessedItems: {} };
  }

  #transact({ input }: TransactWriteCommand) {
    const actions = input.TransactItems ?? [];
    if (actions.length === 0 || actions.length > 100)
      throw new ValidationException('Member must have length between 1 and 100');
    const changes = actions.map((action) => this.#plan(action));
    const ids = new Set(changes.map(({ table, id }) => `${table.name} ${id}`));
    if (ids.size < changes.length) {
      throw new ValidationException('Transaction request cannot include multiple operations on one item');
    }
    if (changes.some(({ isRefused }) => isRefused)) {
      throw new TransactionCanceledException({
        message: 'Transaction cancelled',
        $metadata: {},
        CancellationReasons: changes.map(({ isRefused }) => ({
          Code: isRefused ? 'ConditionalCheckFailed' : 'None',
        })),
      });
    }
    for (const change of changes) this.#apply(change);
    return {};
  }

  #apply(change: Change): void {
    const { table, id, before, after } = change;
    put(table, id, after);
    this.#changes.push({ ...change, at: this.#now() });
    this.#watch(table.name, after, before);
  }

  /** Result of an action; only the item if it is refused. */
  #plan({ Put, Update, Delete, ConditionCheck }: Action): Change & { isRefused?: boolean } {
    const request = Put ?? Update ?? Delete ?? ConditionCheck;
    const table = this.#table(request?.TableName);
    const key = keyOf(table, Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {});
    const id = idOf(table, key);
    const before = table.items.get(id);
    const names = request?.ExpressionAttributeNames;
    const values = request?.ExpressionAttributeValues;
    const isMet = meets(request?.ConditionExpression, { item: before ?? {}, names, values });
    if (!isMet || ConditionCheck) return { table, id, before, after: before, isRefused: !isMet };
    if (Delete) return { table, id, before, after: undefined };
    const after = Put
      ? (Put.Item as Item)
      : updated(Update?.UpdateExpression ?? '', { item: before ?? key, names, values });
    const stored = cloned(after);
    if (sizeOf(stored) > itemBytes) throw new ValidationException('Item size has exceeded the maximum allowed size');
    return { table, id, before, after: stored };
  }
}

function put(table: Table, id: string, item: Item | undefined): void {
  if (item) table.items.set(id, item);
  else table.items.delete(id);
}

function keyOf({ key: { hash, range } }: Table, item: Item): Item {
  return { [hash]: item[hash], ...(range !== undefined && { [range]: item[range] }) };
}

function idOf({ name, key: { hash, range } }: Table, item: Item): string {
  const partition = keyText(name, item[hash]);
  return range === undefined ? partition : `${partition} ${keyText(name, item[range])}`;
}

function keyText(table: string, value: unknown): string {
  if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) {
    throw new ValidationException(`${table}: a key attribute is missing, empty or of the wrong type`);
  }
  return JSON.stringify(value);
}

function compareKeys({ key: { hash, range } }: Table, a: Item, b: Item): number {
  return order(a[hash], b[hash]) || (range === undefined ? 0 : (order(a[range], b[range]) ?? 0));
}

function projected(item: Item, expression: string | undefined, names: Record<string, string> = {}): Item {
  if (expression === undefined) return cloned(item);
  const attributes = expression.split(',').map((word) => names[word.trim()] ?? word.trim());
  return cloned(Object.fromEntries(Object.entries(item).filter(([attribute]) => attributes.includes(attribute))));
}

/** Shorter texts fit even if their characters take several bytes. */
const shortText = 1_000;

const sizes = new WeakMap<Item, number>();

/** About as DynamoDB counts: names and values in bytes. What is stored never changes, so its size is counted once. */
function sizeOf(item: Item): number {
  let size = sizes.get(item);
  if (size === undefined) {
    size = bytesOf(item);
    sizes.set(item, size);
  }
  return size;
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length < shortText ? value.length : Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 3;
  for (const name in value) bytes += name.length + bytesOf((value as Item)[name]);
  return bytes;
}

/** A copy of a value of JSON's kinds; as the gateway's client is set, what is undefined does not travel. */
function cloned<Value>(value: Value): Value {
  return copy(value) as Value;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(copy);
  if (typeof value !== 'object' || value === null) return value;
  const kept: Item = {};
  for (const name in value) {
    const each = (value as Item)[name];
    if (each !== undefined) kept[name] = typeof each === 'object' ? copy(each) : each;
  }
  return kept;
}
