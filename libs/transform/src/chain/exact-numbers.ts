import type { PlanSketch } from '../engines/duckdb/describe';
import { fileScan } from '../engines/duckdb/file-scan';
import { MAX_DECIMAL_DIGITS } from '../expressions/value';
import type { FileRelation } from '../plan';
import { SourceDataInvalidError } from '../transform.errors';
import type { StepColumn } from './step';

/** Numbers of so many digits are computed with as quickly as integers. */
const MIN_DIGITS = 18;
/** Takes every number that a step computes. */
const WIDEST = `decimal(${MAX_DECIMAL_DIGITS}, 10)`;
const NUMBER = String.raw`[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)`;

interface Wanted {
  readonly name: string;
  readonly files: FileRelation;
  readonly column: string;
}

/**
 * How wide and how exact columns of exact numbers have to be. Text is read as such a number only where a step computes with it; then
 * the staged text is looked over once, and the longest fraction decides, so that no digit is lost.
 */
export class ExactNumbers {
  private readonly known = new Map<string, string>();
  private readonly wanted = new Map<string, Wanted>();

  constructor(private readonly sketch: PlanSketch) {}

  /** The engine's type for the numbers in a text column. Right only inside `settle`. */
  typeOf({ name, text }: StepColumn): string {
    if (!text) return WIDEST;
    const key = `${text.files.name}.${text.column}`;
    const type = this.known.get(key);
    if (type === undefined) this.wanted.set(key, { name, ...text });
    return type ?? WIDEST;
  }

  /**
   * What `render` answers once all types are known that it asks for.
   *
   * @throws {SourceDataInvalidError} naming each column that no exact number can hold
   */
  async settle<T>(render: () => T): Promise<T> {
    const first = render();
    if (this.wanted.size === 0) return first;
    await this.learn();
    return render();
  }

  private async learn(): Promise<void> {
    const faults: string[] = [];
    for (const files of new Set([...this.wanted.values()].map((wanted) => wanted.files))) {
      const wanted = [...this.wanted].filter(([, each]) => each.files === files);
      const numbers = await this.look(
        files,
        wanted.map(([, { column }]) => column),
      );
      for (const [index, [key, { name }]] of wanted.entries()) {
        const { whole, fraction, others } = numbers[index] ?? { whole: 0, fraction: 0, others: 0 };
        if (others > 0) faults.push(`column "${name}" holds ${others} cells that are no decimal numbers (NaN and infinity are none)`);
        if (whole + fraction > MAX_DECIMAL_DIGITS) {
          faults.push(
            `column "${name}" needs ${whole} digits before the point and ${fraction} behind it; ${MAX_DECIMAL_DIGITS} are the most in all`,
          );
        }
        this.known.set(key, `decimal(${Math.min(MAX_DECIMAL_DIGITS, Math.max(MIN_DIGITS, whole + fraction))}, ${fraction})`);
      }
    }
    this.wanted.clear();
    if (faults.length > 0) throw new SourceDataInvalidError(`Exact numbers cannot be computed with: ${faults.join('; ')}.`, { faults });
  }

  private async look(files: FileRelation, columns: readonly string[]): Promise<{ whole: number; fraction: number; others: number }[]> {
    const scan = fileScan({ ...files, columns: files.columns.filter(({ name }) => columns.includes(name)) });
    const questions = columns.flatMap((column) => [
      `coalesce(max(length(regexp_extract(${column}, '^[+-]?0*([0-9]*)', 1))), 0)`,
      String.raw`coalesce(max(length(regexp_extract(${column}, '\.([0-9]*)$', 1))), 0)`,
      `count(*) filter (where not regexp_full_match(${column}, '${NUMBER}'))`,
    ]);
    const answers = (await this.sketch.row(`select ${questions.join(', ')} from (${scan})`, 'looking over exact numbers')).map(Number);
    return columns.map((_, index) => {
      const [whole = 0, fraction = 0, others = 0] = answers.slice(3 * index);
      return { whole, fraction, others };
    });
  }
}
