/** An item, or a key, as the document client has it. */
export type Item = Record<string, unknown>;

/** The placeholders of a request, and the item that its expressions are about. */
export interface Scope {
  item: Item;
  names?: Record<string, string> | undefined;
  values?: Item | undefined;
}

/** What DynamoDB says of a request that breaks its rules. */
export class ValidationException extends Error {
  override name = 'ValidationException';
}

/** Reads an expression's words one after the other. */
class Reader {
  readonly #words: string[];
  readonly #scope: Scope;

  constructor(text: string, scope: Scope) {
    this.#words = text.match(/[#:]?\w+|<=|>=|<>|[()=<>,+-]/g) ?? [];
    this.#scope = scope;
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

  attribute(): string {
    const word = this.take();
    if (!word.startsWith('#')) return word;
    const name = this.#scope.names?.[word];
    if (name === undefined) throw new ValidationException(`The name ${word} is not defined`);
    return name;
  }

  #formerOr(): unknown {
    this.expect('(');
    const former = this.#scope.item[this.attribute()];
    this.expect(',');
    const other = this.operand();
    this.expect(')');
    return former ?? other;
  }

  operand(): unknown {
    if (this.skip('if_not_exists')) return this.#formerOr();
    if (!this.next?.startsWith(':')) return this.#scope.item[this.attribute()];
    const word = this.take();
    const values = this.#scope.values ?? {};
    if (!(word in values) || values[word] === undefined)
      throw new ValidationException(`The value ${word} is not defined`);
    return values[word];
  }
}

/** Whether an item meets a condition, or belongs to a key. @throws ValidationException when it is none that this reads */
export function meets(expression: string | undefined, scope: Scope): boolean {
  if (expression === undefined) return true;
  const reader = new Reader(expression, scope);
  const met = readOr(reader, scope);
  if (reader.next !== undefined) throw new ValidationException(`${reader.next} is not understood in: ${expression}`);
  return met;
}

function readOr(reader: Reader, scope: Scope): boolean {
  let met = readAnd(reader, scope);
  while (reader.skip('OR')) met = readAnd(reader, scope) || met;
  return met;
}

function readAnd(reader: Reader, scope: Scope): boolean {
  let met = readTerm(reader, scope);
  while (reader.skip('AND')) met = readTerm(reader, scope) && met;
  return met;
}

function readTerm(reader: Reader, scope: Scope): boolean {
  if (reader.skip('NOT')) return !readTerm(reader, scope);
  if (reader.skip('(')) {
    const met = readOr(reader, scope);
    reader.expect(')');
    return met;
  }
  for (const [word, exists] of [
    ['attribute_exists', true],
    ['attribute_not_exists', false],
  ] as const) {
    if (!reader.skip(word)) continue;
    reader.expect('(');
    const found = scope.item[reader.attribute()] !== undefined;
    reader.expect(')');
    return found === exists;
  }
  const left = reader.operand();
  const operator = reader.take();
  if (operator !== 'BETWEEN') return compared(left, operator, reader.operand());
  const first = reader.operand();
  reader.expect('AND');
  const last = reader.operand();
  return compared(left, '>=', first) && compared(left, '<=', last);
}

function compared(left: unknown, operator: string, right: unknown): boolean {
  if (operator === '<>') return order(left, right) !== 0;
  const found = order(left, right);
  if (found === undefined) return false;
  if (operator === '=') return found === 0;
  if (operator === '<') return found < 0;
  if (operator === '<=') return found <= 0;
  if (operator === '>') return found > 0;
  if (operator === '>=') return found >= 0;
  throw new ValidationException(`${operator} is no comparison`);
}

/** Below 0, 0 or above, as DynamoDB orders: strings by their UTF-8 bytes. Nothing for what can't be compared. */
export function order(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  return undefined;
}

/** The item that an update expression makes of an item. @throws ValidationException when it is none that this reads */
export function updated(expression: string, scope: Scope): Item {
  const reader = new Reader(expression, scope);
  const item = { ...scope.item };
  while (reader.next !== undefined) {
    const clause = reader.take();
    do readAction(clause, reader, item);
    while (reader.skip(','));
  }
  return item;
}

function readAction(clause: string, reader: Reader, item: Item): void {
  const attribute = reader.attribute();
  if (clause === 'REMOVE') {
    delete item[attribute];
  } else if (clause === 'SET') {
    reader.expect('=');
    const value = reader.operand();
    if (value === undefined) throw new ValidationException('The operand has no value');
    item[attribute] = value;
  } else if (clause === 'ADD') {
    const [former = 0, more] = [item[attribute], reader.operand()];
    if (typeof former !== 'number' || typeof more !== 'number') throw new ValidationException('ADD takes numbers');
    item[attribute] = former + more;
  } else throw new ValidationException(`${clause} is no clause of an update`);
}
