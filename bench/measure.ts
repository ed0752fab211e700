import { readFileSync } from 'node:fs';

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

export const median = (values: readonly number[]): number => {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? NaN;
};

/** The most memory a process held at once so far, as the kernel counted it (`VmHWM`). */
export function peakMiB(pid: number | 'self'): number {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

/** One line of the report: a figure beside its target. */
export function report(what: string, figure: string, target: string): void {
  process.stdout.write(`${what.padEnd(62)} ${figure.padStart(16)}   ${target}\n`);
}
