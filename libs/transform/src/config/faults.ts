import { ExpressionFault } from '../expressions/value';
import { TransformInvalidError, type TransformFault } from '../transform.errors';

/** Collects what is wrong, so that everything is reported at once. */
export class Faults {
  private readonly found: TransformFault[] = [];

  add(path: string, message: string): void {
    this.found.push({ path, message });
  }

  /** What `work` answers; null after noting why it could not. */
  attempt<T>(path: string, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      this.add(path, error.message);
      return null;
    }
  }

  /** @throws {TransformInvalidError} when there is any */
  throwAny(): void {
    if (this.found.length > 0) throw new TransformInvalidError(this.found);
  }
}

export function unknownColumn(name: string, known: Iterable<string>): string {
  return `UNKNOWN_COLUMN: there is no column "${name}" here; there are ${[...known].map((each) => `"${each}"`).join(', ')}`;
}
