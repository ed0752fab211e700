const DATA_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(extract|transform)$/;

/** The stage of a run whose rows an id hands on. */
export interface DataPlace {
  readonly runId: string;
  readonly stage: 'extract' | 'transform';
}

/** Null for what is no id. */
export function readDataId(dataId: string): DataPlace | null {
  const [, runId, stage] = DATA_ID.exec(dataId) ?? [];
  return runId !== undefined && (stage === 'extract' || stage === 'transform') ? { runId, stage } : null;
}
