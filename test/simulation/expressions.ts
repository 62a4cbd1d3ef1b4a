import { isDeepStrictEqual } from 'node:util';

/** An item, or a key, as the document client has it. */
export type Item = Record<string, unknown>;

/** The placeholders of a request, and the item that its expressions are about. */
export interface Scope {
  item: Item;
  names?: Record<string, string> | undefined;
  values?: Item | undefined;
}

/** DynamoDB's error for an invalid request. */
export class ValidationException extends Error {
  override name = 'ValidationException';
}

/** A part of an expression, read: what it comes to in a scope. */
type Read<Value> = (scope: Scope) => Value;

/** Parser of expressions of one kind. The gateway has few of them, so each is parsed once. */
function reading<Value>(read: (words: Words) => Read<Value>): (expression: string, scope: Scope) => Value {
  const known = new Map<string, Read<Value>>();
  return (expression, scope) => {
    let found = known.get(expression);
    if (!found) {
      const words = new Words(expression);
      found = read(words);
      if (words.next !== undefined) throw new ValidationException(`${words.next} is not understood in: ${expression}`);
      known.set(expression, found);
    }
    return found(scope);
  };
}

/** An expression's words, taken one after the other. */
class Words {
  readonly #words: string[];

  constructor(text: string) {
    this.#words = text.match(/[#:]?\w+|<=|>=|<>|[()=<>,.+-]/g) ?? [];
  }

  get next(): string | undefined {
    return this.#words[0];
  }

  take(): string {
    const word = this.#words.shift();
    if (word === undefined) throw new ValidationException('The expression ends too early');
    return word;
  }

  /** Takes a word if it is the next one. */
  skip(word: string): boolean {
    if (this.next !== word) return false;
    this.#words.shift();
    return true;
  }

  expect(word: string): void {
    const found = this.take();
    if (found !== word) throw new ValidationException(`${word} expected, found ${found}`);
  }
}

/** An attribute's name. */
function readAttribute(words: Words): Read<string> {
  const word = words.take();
  if (!word.startsWith('#')) return () => word;
  return ({ names }) => {
    const name = names?.[word];
    if (name === undefined) throw new ValidationException(`The name ${word} is not defined`);
    return name;
  };
}

function readOperand(words: Words): Read<unknown> {
  if (words.skip('if_not_exists')) {
    words.expect('(');
    const attribute = readAttribute(words);
    words.expect(',');
    const other = readOperand(words);
    words.expect(')');
    return (scope) => scope.item[attribute(scope)] ?? other(scope);
  }
  if (!words.next?.startsWith(':')) {
    const attribute = readAttribute(words);
    const within = words.skip('.') ? readAttribute(words) : undefined;
    return (scope) => {
      const value = scope.item[attribute(scope)];
      return within ? (value as Item | undefined)?.[within(scope)] : value;
    };
  }
  const word = words.take();
  return ({ values }) => {
    const value = values?.[word];
    if (value === undefined) throw new ValidationException(`The value ${word} is not defined`);
    return value;
  };
}

const meetsCondition = reading(readOr);

/** Whether an item meets a condition, or belongs to a key. @throws ValidationException when it is none that this reads */
export const meets = (expression: string | undefined, scope: Scope): boolean =>
  expression === undefined || meetsCondition(expression, scope);

function readOr(words: Words): Read<boolean> {
  const terms = [readAnd(words)];
  while (words.skip('OR')) terms.push(readAnd(words));
  return (scope) => terms.map((isMet) => isMet(scope)).includes(true);
}

function readAnd(words: Words): Read<boolean> {
  const terms = [readTerm(words)];
  while (words.skip('AND')) terms.push(readTerm(words));
  return (scope) => !terms.map((isMet) => isMet(scope)).includes(false);
}

function readTerm(words: Words): Read<boolean> {
  if (words.skip('NOT')) {
    const isMet = readTerm(words);
    return (scope) => !isMet(scope);
  }
  if (words.skip('(')) {
    const isMet = readOr(words);
    words.expect(')');
    return isMet;
  }
  if (words.skip('attribute_exists')) return readExists(words);
  if (words.skip('attribute_not_exists')) {
    const exists = readExists(words);
    return (scope) => !exists(scope);
  }
  return words.skip('begins_with') ? readPrefix(words) : readComparison(words);
}

function readPrefix(words: Words): Read<boolean> {
  words.expect('(');
  const attribute = readAttribute(words);
  words.expect(',');
  const prefix = readOperand(words);
  words.expect(')');
  return (scope) => String(scope.item[attribute(scope)] ?? '').startsWith(String(prefix(scope)));
}

function readExists(words: Words): Read<boolean> {
  words.expect('(');
  const attribute = readAttribute(words);
  words.expect(')');
  return (scope) => scope.item[attribute(scope)] !== undefined;
}

function readComparison(words: Words): Read<boolean> {
  const left = readOperand(words);
  const operator = words.take();
  const right = readOperand(words);
  if (operator === 'BETWEEN') {
    words.expect('AND');
    const last = readOperand(words);
    return (scope) => compared(left(scope), '>=', right(scope)) && compared(left(scope), '<=', last(scope));
  }
  return (scope) => compared(left(scope), operator, right(scope));
}

function compared(left: unknown, operator: string, right: unknown): boolean {
  if (operator === '=') return isSame(left, right);
  if (operator === '<>') return !isSame(left, right);
  const found = order(left, right);
  if (found === undefined) return false;
  if (operator === '<') return found < 0;
  if (operator === '<=') return found <= 0;
  if (operator === '>') return found > 0;
  if (operator === '>=') return found >= 0;
  throw new ValidationException(`${operator} is no comparison`);
}

/** Only what has an order is compared: the gateway has no other. */
const isSame = (left: unknown, right: unknown) =>
  Array.isArray(left) ? isDeepStrictEqual(left, right) : left === right && order(left, right) === 0;

/** Characters whose order in UTF-16, which is JavaScript's, is another than in UTF-8. */
const beyond = /[\ud800-\uffff]/;

/** Below 0, 0 or above, as DynamoDB orders: strings by their UTF-8 bytes. Nothing for what can't be compared. */
export function order(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') {
    if (left === right) return 0;
    if (beyond.test(left) || beyond.test(right)) return Buffer.compare(Buffer.from(left), Buffer.from(right));
    return left < right ? -1 : 1;
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  return undefined;
}

/** Changes an item, which is not that of the scope but a copy. */
type Action = (item: Item, scope: Scope) => void;

/** The item that an update expression makes of an item. @throws ValidationException when it is none that this reads */
export const updated = reading((words): Read<Item> => {
  const actions: Action[] = [];
  while (words.next !== undefined) {
    const clause = words.take();
    do actions.push(readAction(clause, words));
    while (words.skip(','));
  }
  return (scope) => {
    const item = { ...scope.item };
    for (const change of actions) change(item, scope);
    return item;
  };
});

function readAction(clause: string, words: Words): Action {
  const attribute = readAttribute(words);
  if (clause === 'REMOVE') {
    return (item, scope) => {
      delete item[attribute(scope)];
    };
  }
  if (clause === 'SET') {
    words.expect('=');
    const operand = readOperand(words);
    return (item, scope) => {
      const value = operand(scope);
      if (value === undefined) throw new ValidationException('The operand has no value');
      item[attribute(scope)] = value;
    };
  }
  if (clause !== 'ADD') throw new ValidationException(`${clause} is no clause of an update`);
  const operand = readOperand(words);
  return (item, scope) => {
    const [former = 0, more] = [item[attribute(scope)], operand(scope)];
    if (typeof former !== 'number' || typeof more !== 'number') throw new ValidationException('ADD takes numbers');
    item[attribute(scope)] = former + more;
  };
}
