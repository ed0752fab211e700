import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { internalError, loadFailed } from '../../test/redshift-double';
import { noTrees, picks, RedshiftOrchard, trees, workers } from '../../test/redshift-orchard';
import { control, inTurn, stage, stageLines } from '../../test/test-warehouse';

describe('RedshiftPublisher when something fails (protocol level)', () => {
  let orchard: RedshiftOrchard;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    orchard = await RedshiftOrchard.start();
  });
  afterAll(() => orchard.stop());
  beforeEach(() => orchard.reset());

  it('names line and column of what the cluster refused, once, and leaves every table as it was', async () => {
    const runId = randomUUID();
    for (const attempt of [1, 2]) {
      await expect(orchard.publish([trees(), picks(`four ${attempt}`)], { runId })).rejects.toMatchObject({
        code: 'load-failed',
        message: 'Table "pick" could not be written: line 2, column "kilos": a text that is no decimal number.',
        details: { table: 'pick', line: 2, column: 'kilos' },
      });
      expect(await orchard.ids('tree')).toEqual(['old']);
    }
  });

  it('finds what a serverless workgroup refused where that keeps it', async () => {
    orchard.redshift.loadErrors = 'sys_load_error_detail';
    await expect(orchard.publish([picks('four')])).rejects.toMatchObject({ details: { table: 'pick', line: 2, column: 'kilos' } });
  });

  it('commits several publications together, and none of them when a later one is refused', async () => {
    const publishAll = (last: ReturnType<typeof workers>) => {
      const requests = [trees(), last].map((table) => orchard.request([table], { strategy: { kind: 'append' } }));
      return orchard.publisher().publishAll(inTurn(requests), { ...control(), dryRun: false });
    };
    await expect(publishAll(picks('four'))).rejects.toMatchObject({ details: { table: 'pick', line: 2 } });
    expect(await orchard.ids('tree')).toEqual(['old']);
    orchard.redshift.statements.length = 0;
    await publishAll(workers());
    expect([await orchard.ids('tree'), await orchard.ids('worker')]).toEqual([['001', '002', 'old'], ['W1']]);
    expect(orchard.redshift.statements.filter((sql) => sql === 'commit')).toHaveLength(1);
  });

  it('rolls back when the cluster took another number of rows than was staged', async () => {
    orchard.redshift.miscount = -1;
    await expect(orchard.publish([trees()])).rejects.toMatchObject({ code: 'staging-corrupt', details: { sealed: 2, found: 1 } });
    expect(await orchard.ids('tree')).toEqual(['old']);
  });

  it('writes no manifest when the rows end before they should, or their producer fails', async () => {
    const { columns } = workers().table;
    const staged = (rows: number, finish: () => Promise<void>) => stageLines('worker', columns, ['W1,a,b\n'], rows, finish);
    await orchard.redshift.store.deletePrefix('stage/');
    await expect(orchard.publish([staged(2, () => Promise.resolve())])).rejects.toMatchObject({ code: 'staging-corrupt' });
    await expect(orchard.publish([staged(1, () => Promise.reject(new Error('spilt')))])).rejects.toThrow('spilt');
    expect((await orchard.redshift.keys()).filter((key) => key.endsWith('.json'))).toEqual([]);
    expect(orchard.redshift.statements).toEqual([]);
  });

  it('takes a failed copy without a refused line for a fault of the surroundings', async () => {
    orchard.redshift.copyFailure = loadFailed();
    await expect(orchard.publish([trees()])).rejects.toMatchObject({ code: 'load-failed', details: { sqlstate: 'XX000' } });
  });

  it('has a conflict with another transaction tried again', async () => {
    orchard.redshift.copyFailure = internalError('1023\nDETAIL: Serializable isolation violation on table - 100, transactions …');
    await expect(orchard.publish([trees()])).rejects.toMatchObject({ code: 'lock-not-available', retryable: true });
  });

  it('changes nothing when the session ends between the last copy and the commit, and loads all once afterwards', async () => {
    const runId = randomUUID();
    const tables = [trees(), workers()];
    let copies = 0;
    orchard.redshift.afterCopy = async () => {
      copies += 1;
      if (copies === 2) await orchard.redshift.endTransactions();
    };
    await expect(orchard.publish(tables, { runId })).rejects.toMatchObject({ code: 'warehouse-unavailable', retryable: true });
    expect([await orchard.ids('tree'), await orchard.ids('worker'), copies]).toEqual([['old'], [], 2]);
    orchard.redshift.reset();
    const open = jest.fn();
    const again = tables.map((table) => ({ ...table, open }));
    expect(await orchard.publish(again, { runId })).toMatchObject({ alreadyPublished: false });
    expect([await orchard.ids('tree'), await orchard.ids('worker')]).toEqual([['001', '002'], ['W1']]);
    expect(open).not.toHaveBeenCalled();
  });

  it('finds the record when the answer to a commit was lost, and loads nothing again', async () => {
    const request = { runId: randomUUID(), strategy: { kind: 'append' } } as const;
    orchard.redshift.afterCommit = () => Promise.reject(new Error('Connection terminated unexpectedly'));
    await expect(orchard.publish([workers()], request)).rejects.toMatchObject({ code: 'warehouse-unavailable', retryable: true });
    orchard.redshift.reset();
    expect(await orchard.publish([workers()], request)).toMatchObject({ alreadyPublished: true });
    expect(await orchard.ids('worker')).toEqual(['W1']);
  });

  it('stops on an abort and rolls back', async () => {
    const stop = new AbortController();
    orchard.redshift.afterCopy = async () => {
      stop.abort(new Error('cancelled by the user'));
      await Promise.resolve();
    };
    await expect(orchard.publish([trees(), workers()], {}, { signal: stop.signal })).rejects.toThrow('cancelled by the user');
    expect(await orchard.ids('tree')).toEqual(['old']);
    await orchard.publish([trees()]);
  });

  it('rolls back with the SQL that follows, and refuses what would commit before the record', async () => {
    await expect(orchard.publish([trees()], { afterSql: 'update orchard.nothing set a = 1' })).rejects.toMatchObject({
      code: 'load-failed',
      message: expect.stringContaining('SQL after the load') as string,
    });
    for (const afterSql of ['truncate orchard.worker', 'delete from orchard.worker; Commit'])
      await expect(orchard.publish([trees()], { afterSql })).rejects.toMatchObject({ code: 'definition-invalid' });
    expect(await orchard.ids('tree')).toEqual(['old']);
  });

  it('refuses strategies that look at single rows, and tables and columns that do not exist', async () => {
    for (const change of [
      { strategy: { kind: 'scd2', keys: ['tree_id'] } },
      { evolution: 'evolve' },
      { indexes: { tree: [{ columns: ['tree_id'] }] } },
      { proof: 'hash' },
      { access: { grants: [{ privilege: 'select on x to y; drop', to: 'z' }] } },
    ] as const)
      await expect(orchard.publish([trees()], change)).rejects.toMatchObject({ code: 'definition-invalid' });
    await expect(orchard.publish([stage('nowhere', { a: 'string' }, [])])).rejects.toMatchObject({ code: 'catalog-mismatch' });
    await expect(orchard.publish([stage('tree', { bark: 'string' }, [])])).rejects.toMatchObject({ code: 'catalog-mismatch' });
  });

  it('keeps the shrink brake on tables that hold what was extracted', async () => {
    const emptied = { strategy: { kind: 'replace' } } as const;
    await expect(orchard.publish([noTrees()], emptied)).rejects.toMatchObject({ code: 'shrink-refused' });
    await orchard.publish([noTrees()], { ...emptied, allowShrink: true });
    expect(await orchard.ids('tree')).toEqual([]);
  });
});
