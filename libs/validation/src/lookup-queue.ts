/** Answers that are remembered; beyond it they are forgotten and asked again. */
const ANSWER_LIMIT = 100_000;

/** Gathers values of many rows, and asks once for those that are not known yet. */
export class LookupQueue {
  private readonly isMissing = new Map<string, boolean>();
  private waiting: { readonly value: string; readonly row: number | null }[] = [];

  constructor(private readonly findMissing: (values: readonly string[]) => Promise<ReadonlySet<string>>) {}

  add(value: string | null, row: number | null): void {
    if (value !== null) this.waiting.push({ value, row });
  }

  /** The rows whose value is missing, in order. */
  async settle(): Promise<readonly (number | null)[]> {
    const { waiting } = this;
    this.waiting = [];
    if (this.isMissing.size > ANSWER_LIMIT) this.isMissing.clear();
    const unknown = [...new Set(waiting.map(({ value }) => value))].filter((value) => !this.isMissing.has(value));
    const missing = unknown.length > 0 ? await this.findMissing(unknown) : new Set<string>();
    for (const value of unknown) this.isMissing.set(value, missing.has(value));
    return waiting.filter(({ value }) => this.isMissing.get(value)).map(({ row }) => row);
  }
}
