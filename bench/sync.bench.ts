/** The REDCap sync from a request to the API until its task has ended: how it grows, what it holds, and what a second one writes. */
import { Deployment, type FinishedRun } from './deployment';
import { median, peakMiB, report } from './measure';

const FIELDS = 150;
const SMALL_RECORDS = 10_000;
const LARGE_RECORDS = 100_000;
const BATCH_SIZE = 250;
const SAMPLE_RECORDS = 600;
const SAMPLE_BATCH_SIZE = 100;
const WARM_ROUNDS = 5;

interface Measured {
  readonly first: FinishedRun;
  readonly second: FinishedRun;
  readonly workerMiB: number;
}

async function main(): Promise<void> {
  const small = await measure('bench_sync_small', SMALL_RECORDS);
  const large = await measure('bench_sync_large', LARGE_RECORDS);
  const show = (records: number, { first, workerMiB }: Measured): void =>
    report(
      `sync of ${records} records x ${FIELDS} fields into ${first.rows} rows`,
      `${first.seconds.toFixed(1)} s`,
      `worker peak ${workerMiB} MiB (target 600 MiB)`,
    );
  show(SMALL_RECORDS, small);
  show(LARGE_RECORDS, large);
  report('ten times the records take', `${(large.first.seconds / small.first.seconds).toFixed(1)} x the time`, 'target 11');
  report(
    `second sync of ${LARGE_RECORDS} records`,
    `${large.second.seconds.toFixed(1)} s`,
    `${large.second.written} rows written (target 0)`,
  );
  await sample();
}

async function measure(name: string, records: number): Promise<Measured> {
  const deployment = new Deployment(name, records, FIELDS, BATCH_SIZE);
  try {
    await deployment.start();
    const first = await deployment.sync();
    const second = await deployment.sync();
    return { first, second, workerMiB: peakMiB(deployment.workerPid) };
  } finally {
    await deployment.stop();
  }
}

async function sample(): Promise<void> {
  const deployment = new Deployment('bench_sync_sample', SAMPLE_RECORDS, 0, SAMPLE_BATCH_SIZE);
  try {
    await deployment.start();
    await deployment.sync();
    const seconds: number[] = [];
    for (let round = 0; round < WARM_ROUNDS; round += 1) seconds.push((await deployment.sync()).seconds);
    report(`sample sync of ${SAMPLE_RECORDS} records, warm worker`, `${median(seconds).toFixed(2)} s`, 'target 1.5 s');
  } finally {
    await deployment.stop();
  }
}

void main();
