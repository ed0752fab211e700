import type { MappedType } from '../mapped-type';
import { checkboxBase, isCheckbox, REPEAT_INSTANCE, REPEAT_INSTRUMENT, REVIEWER_PREFIX } from '../redcap-columns';
import type { FieldRule, FieldRules } from './field-rules';

const BY_TYPE: Readonly<Record<Exclude<MappedType, 'string'>, string>> = { date: '2001-01-01', integer: '0', boolean: '0', float: '0' };
const BY_FEATURE: ReadonlyMap<string, string> = new Map([
  ['email', 'user@email.edu'],
  ['phonenumber', '111-222-3334'],
  ['index', '1'],
  ['firstname', 'Alice'],
  ['lastname', 'Bob'],
]);
const OTHER_TEXT = 'ipsum lorem';
const REVIEWER = 'Alice Bob';
const UNTICKED = '0';
/** What a checkbox column may hold: REDCap writes texts, other tools numbers. */
const CHECKBOX_VALUES: readonly unknown[] = ['0', '1', 0, 1];

export interface AnonymizerOptions {
  readonly recordIdField: string;
  /** Whether null and the empty text stay as they are. */
  readonly keepEmpty: boolean;
}

/**
 * De-identifies records one by one. Record ids become numbers from 1 in order of first appearance, the same for all rows of a
 * record; they are all it remembers.
 */
export class RecordAnonymizer {
  private readonly numbers = new Map<string, string>();
  private readonly dropped = new Set<string>();

  constructor(
    private readonly rules: FieldRules,
    private readonly options: AnonymizerOptions,
  ) {}

  /** How many different record ids were seen. */
  get records(): number {
    return this.numbers.size;
  }

  /** Fields that were left out because the mapping does not mention them, sorted. */
  get droppedFields(): string[] {
    return [...this.dropped].sort();
  }

  anonymize(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const cells = Object.entries(record).map(([key, value]) => [key, this.cell(key, value)] as const);
    for (const [key, value] of cells) if (value === undefined) this.dropped.add(key);
    return Object.fromEntries(cells.filter(([, value]) => value !== undefined));
  }

  /** The value to write; undefined for a field that is left out. */
  private cell(key: string, value: unknown): unknown {
    if (key === this.options.recordIdField) return this.numberOf(value);
    if (key === REPEAT_INSTRUMENT || key === REPEAT_INSTANCE) return value;
    const placeholder = this.placeholder(key, value);
    return placeholder !== undefined && this.options.keepEmpty && isEmpty(value) ? value : placeholder;
  }

  private placeholder(key: string, value: unknown): unknown {
    if (key.startsWith(REVIEWER_PREFIX)) return REVIEWER;
    const rule = this.rules.get(key);
    if (rule) return placeholderOf(rule);
    if (!isCheckbox(key) || !this.rules.has(checkboxBase(key))) return undefined;
    return CHECKBOX_VALUES.includes(value) ? value : UNTICKED;
  }

  private numberOf(id: unknown): string {
    const key = typeof id === 'string' ? id : JSON.stringify(id);
    const number = this.numbers.get(key) ?? String(this.numbers.size + 1);
    this.numbers.set(key, number);
    return number;
  }
}

function placeholderOf({ type, feature }: FieldRule): string {
  return type === 'string' ? (BY_FEATURE.get(feature) ?? OTHER_TEXT) : BY_TYPE[type];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '';
}
