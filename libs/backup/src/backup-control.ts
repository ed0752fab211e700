/** How long work is told to stop, and where it says how far it is. */
export interface BackupControl {
  readonly signal: AbortSignal;
  progress(progress: { done: number; total: number | null; note: string }): void;
}
