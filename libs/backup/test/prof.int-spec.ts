import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { toLibpqEnvironment } from '@app/platform';
import { control, Drill } from './drill';
import { Replay } from '../src/restore/replay';
import { Inspector } from '../src/content/inspector';
import { BackupMaker } from '../src/backup-maker';

jest.setTimeout(300_000);
const time = async (work: () => Promise<unknown> | unknown) => { const t = performance.now(); const c = process.cpuUsage(); await work(); const u = process.cpuUsage(c); return [Math.round(performance.now() - t), Math.round((u.user + u.system) / 1000)]; };
it('profile', async () => {
  const drill = await Drill.create();
  const parts = drill.parts();
  await drill.run(`create table bench_backup as select i::bigint as id,
    ${Array.from({ length: 6 }, (_, k) => `(i * ${k + 7919}) % 1000003 as n${k}`).join(', ')},
    ${Array.from({ length: 8 }, (_, k) => `'value ' || (i * ${k + 7}) % 100003 as t${k}`).join(', ')},
    ${Array.from({ length: 3 }, (_, k) => `date '2020-01-01' + ((i * ${k + 1}) % 2000)::int as d${k}`).join(', ')},
    i % 3 = 0 as b0, i / 7.0::float8 as f0 from generate_series(1::bigint, 1000000) i; alter table bench_backup add primary key (id); checkpoint`);
  const env = { ...process.env, ...toLibpqEnvironment(parts.warehouse) };
  const bin = '/usr/lib/postgresql/15/bin/';
  const out: string[] = [];
  for (let i = 0; i < 4; i += 1) {
    const d = await time(() => execFileSync(bin + 'pg_dump', ['-Fc', '-O', '-Z1', '-n', 'public', '-f', join(drill.folder, '.bare')], { env }));
    const b = await time(() => parts.keeper.backUp('bench', 'request', control()));
    await drill.run('drop table bench_backup; checkpoint');
    const r = await time(() => execFileSync(bin + 'pg_restore', ['-O', '-t', 'bench_backup', '-I', 'bench_backup_pkey', '-d', parts.warehouse.database, join(drill.folder, '.bare')], { env }));
    await drill.run('checkpoint');
    const inspector = (parts.restorer as unknown as { inspector: Inspector }).inspector;
    const replay = (parts.restorer as unknown as { replay: Replay }).replay;
    let ins: Awaited<ReturnType<Inspector['inspect']>>;
    const c = await time(async () => { ins = await inspector.inspect('bench', control().signal); });
    const p = await time(() => replay.run(ins, parts.warehouse, control()));
    out.push(JSON.stringify({ dump: d, backup: b, bare: r, inspect: c, replay: p }));
  }
  await drill.dispose();
  require('fs').writeFileSync('/tmp/bkprof/out', out.join('\n') + '\n');
});
