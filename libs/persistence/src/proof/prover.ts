import { isTypeAccepted } from '../catalog/column-type';
import type { PlannedTable } from '../publisher/plan-tables';
import type { LoadProof, ProofKind } from '../publisher/publication';
import { IS_CURRENT } from '../strategies/scd2/scd2-columns';
import type { TableWork } from '../strategies/table-work';
import { assertSame, contentOfPublished, contentOfStaged, type Content, type Published } from './load-proof';

/** What no rows have. */
const NOTHING = '0';

/** Shows of one table that the published rows are the staged ones, before the publication commits. */
export class Prover {
  /** Hash of the staged rows by whoever staged them; null when there is none to compare with. */
  private readonly sealed: string | null;

  constructor(
    private readonly plan: PlannedTable,
    private readonly work: TableWork,
    private readonly kind: ProofKind,
    sealed: string | undefined,
  ) {
    this.sealed = sealed !== undefined && isComparable(plan) ? sealed : null;
  }

  /** Before the rows are written. Without a hash to compare with, they have to lie beside the target. */
  async begin(): Promise<void> {
    const { work, sealed, plan } = this;
    if (this.kind === 'rows' || work.rowCount() === 0) return;
    if (sealed === null) await work.rows.relation();
    else if (work.rows.isStaged)
      assertSame(plan.target.name, { rows: plan.staged.rows, hash: sealed }, await contentOfStaged(work, { kind: 'all' }));
  }

  /** After they are written. @throws {LoadUnprovenError} */
  async end(rowsPublished: number): Promise<LoadProof> {
    const { work, plan } = this;
    const rows = work.rowCount();
    assertSame(plan.target.name, { rows, hash: NOTHING }, { rows: rowsPublished, hash: NOTHING });
    if (this.kind === 'rows') return { rows, hash: null };
    if (rows === 0) return { rows, hash: NOTHING };
    const published = publishedBy(plan);
    const staged = await this.staged(published);
    const found = await contentOfPublished(work, published);
    assertSame(plan.target.name, staged, found);
    return found;
  }

  /** Of a table that is as it was published last: its rows were shown to be those then. */
  async unchanged(): Promise<LoadProof> {
    const { plan, sealed } = this;
    if (this.kind === 'rows') return { rows: plan.before?.rows ?? plan.staged.rows, hash: null };
    const found = await contentOfPublished(this.work, { kind: 'all' });
    if (sealed !== null) assertSame(plan.target.name, { rows: plan.staged.rows, hash: sealed }, found);
    return found;
  }

  private staged(published: Published): Promise<Content> {
    const { work, sealed } = this;
    if (work.rows.isStaged || sealed === null) return contentOfStaged(work, published);
    return Promise.resolve({ rows: work.rowCount(), hash: sealed });
  }
}

/** A hash from elsewhere says something only where the table's types write what was staged as it was. */
const isComparable = ({ staged, columns, discarded }: PlannedTable): boolean => {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return (
    discarded.length === 0 && staged.table.columns.every(({ name, type }) => type !== 'json' && isTypeAccepted(type, types.get(name) ?? ''))
  );
};

function publishedBy({ strategy }: PlannedTable): Published {
  switch (strategy.kind) {
    case 'replace':
      return { kind: 'all' };
    case 'upsert':
      return { kind: 'keyed', keys: strategy.keys };
    case 'scd2':
      return { kind: 'keyed', keys: strategy.keys, among: `t.${IS_CURRENT}` };
    default:
      return { kind: 'written' };
  }
}
