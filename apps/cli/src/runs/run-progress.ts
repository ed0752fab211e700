import type { Run } from '../api/answers';

/** Shows how far a run is while it is waited for. */
export interface RunProgress {
  show(run: Run): void;
  close(): void;
}
