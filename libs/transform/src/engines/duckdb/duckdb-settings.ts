export interface DuckDbSettings {
  /** Of the engine's buffers; the process needs about as much again. */
  readonly memoryLimitBytes: number;
  /** At most; plans with many columns run on fewer when memory is short. */
  readonly threads: number;
  /** Each run makes a folder of its own below it and removes it; those of dead processes are removed too. */
  readonly spillRoot: string;
  /** Of one run. */
  readonly timeoutMs: number;
}
