import { randomUUID } from 'node:crypto';
import type { ObjectStoreSettings, StagedTable, TableShape } from '@app/platform';
import type { Publication, PublishRequest } from '../src';
import { RedshiftPublisher, type RedshiftSettings } from '../src/redshift/redshift-publisher';
import { RedshiftDouble } from './redshift-double';
import { control, stage } from './test-warehouse';

const TABLES = `
  drop schema if exists orchard cascade;
  create schema orchard;
  create table orchard.tree (tree_id varchar(20) not null, species varchar(40), alive bool, row_code varchar(8));
  create table orchard.pick (pick_id varchar(20) not null, tree_id varchar(20), kilos numeric(8,2), memo varchar(200));
  create table orchard.worker (worker_id varchar(20) not null, name varchar(60), badge varchar(20));
  insert into orchard.tree values ('old', 'Elm', true, 'x');
  delete from public.stl_load_errors;`;

/** Roles belong to the whole server, and test files run side by side. */
export const READER = `orchard_reader_${process.pid}`;

export const trees = (): StagedTable =>
  stage('tree', { tree_id: 'string', species: 'string', alive: 'string', row_code: 'string' }, [
    { tree_id: '001', species: 'Plum', alive: 'true', row_code: 'N1' },
    { tree_id: '002', species: 'Pear|red', alive: 'FALSE', row_code: '' },
  ]);

export const noTrees = (): StagedTable => stage('tree', { tree_id: 'string' }, []);

/** As text files are staged, where a blank number is written as an empty text. */
export const ofFiles = (staged: StagedTable, flags: Pick<TableShape, 'nullIsBlank'> = {}): StagedTable => ({
  ...staged,
  table: { ...staged.table, blankIsNull: true, ...flags },
});

export const picks = (kilos: string | null = null): StagedTable =>
  stage('pick', { pick_id: 'string', tree_id: 'string', kilos: 'string', memo: 'string' }, [
    { pick_id: 'P1', tree_id: '001', kilos: '4.50', memo: 'a "b"\nc\\d' },
    { pick_id: 'P2', tree_id: '002', kilos, memo: 'no crew' },
  ]);

export const workers = (): StagedTable =>
  stage('worker', { worker_id: 'string', name: 'string', badge: 'string' }, [{ worker_id: 'W1', name: 'Li\\Wei', badge: null }]);

/** Three tables in a cluster’s double, one with a row. */
export class RedshiftOrchard {
  private readonly usual: RedshiftPublisher;

  private constructor(readonly redshift: RedshiftDouble) {
    this.usual = this.publisher();
  }

  static async start(store?: ObjectStoreSettings): Promise<RedshiftOrchard> {
    const redshift = await RedshiftDouble.start(store);
    await redshift.query(`create role ${READER}`);
    return new RedshiftOrchard(redshift);
  }

  async reset(): Promise<void> {
    await this.redshift.query(TABLES);
    this.redshift.reset();
  }

  async stop(): Promise<void> {
    await this.redshift.query(`drop schema orchard cascade; drop role ${READER}`);
    await this.redshift.stop();
  }

  publisher(change: Partial<RedshiftSettings> = {}): RedshiftPublisher {
    const settings = { parts: this.redshift.parts, access: { iamRole: 'arn:aws:iam::1:role/load' }, region: null, ...change };
    return new RedshiftPublisher(this.redshift.pool, settings);
  }

  /** Loads and publishes as a run does; tables are replaced unless the change says otherwise. */
  async publish(
    tables: readonly StagedTable[],
    change: Partial<PublishRequest> = {},
    { by = this.usual, signal }: { readonly by?: RedshiftPublisher; readonly signal?: AbortSignal } = {},
  ): Promise<Publication> {
    const request = this.request(tables, change);
    const loaded = await by.load(request, control(signal));
    return by.publish({ ...request, loaded }, control(signal));
  }

  request(tables: readonly StagedTable[], change: Partial<PublishRequest> = {}): PublishRequest {
    return {
      ...{ runId: randomUUID(), schema: 'orchard', tables, loaded: [], locks: [], allowShrink: false, dryRun: false },
      strategy: { kind: 'truncate', onEmpty: 'truncate' },
      ...change,
    };
  }

  /** Ids in a table, in order. */
  async ids(table: 'tree' | 'pick' | 'worker'): Promise<unknown[]> {
    const rows = (await this.redshift.rows(`select ${table}_id as id from orchard.${table} order by 1`)) as { readonly id: unknown }[];
    return rows.map(({ id }) => id);
  }
}
