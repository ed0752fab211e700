/** Answers that are remembered; beyond it they are forgotten and asked again. */
const ANSWER_LIMIT = 100_000;

/** Gathers values of many rows, and asks once for those that are not known yet. */
export class LookupQueue {
  private readonly isRefused = new Map<string, boolean>();
  private waiting: { readonly value: string; readonly row: number | null }[] = [];

  constructor(private readonly findRefused: (values: readonly string[]) => Promise<ReadonlySet<string>>) {}

  add(value: string | null, row: number | null): void {
    if (value !== null) this.waiting.push({ value, row });
  }

  /** The rows whose value is refused, in order. */
  async settle(): Promise<readonly (number | null)[]> {
    const { waiting } = this;
    this.waiting = [];
    if (this.isRefused.size > ANSWER_LIMIT) this.isRefused.clear();
    const unknown = [...new Set(waiting.map(({ value }) => value))].filter((value) => !this.isRefused.has(value));
    const refused = unknown.length > 0 ? await this.findRefused(unknown) : new Set<string>();
    for (const value of unknown) this.isRefused.set(value, refused.has(value));
    return waiting.filter(({ value }) => this.isRefused.get(value)).map(({ row }) => row);
  }
}
