import { AppError } from '../errors/app-error';
import type { Part } from './dataset';
import { PartInvalidError } from './staging-error';

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;
const ORDINAL_DIGITS = 8;
const SIDECAR = /^(\d{8})\.json$/;

class StageNameError extends AppError {
  readonly code = 'request-invalid';
}

/**
 * Where a stage's objects lie:
 *
 *     <runs folder>/<run>/<stage>/manifest.json                                          last: the stage is complete
 *     <runs folder>/<run>/<stage>/parts/<ordinal>.json                                   the part of this ordinal is complete
 *     <runs folder>/<run>/<stage>/parts/<ordinal>.<stream>.<name>.<writer>.<format>      its bytes
 *
 * `writer` differs with every opening, so that a worker which was given up but still runs never overwrites bytes that
 * another one has recorded.
 */
export class StageLayout {
  readonly folder: string;
  readonly manifestKey: string;

  constructor(runFolder: string, stage: string) {
    assertName('stage', stage);
    this.folder = `${runFolder}${stage}/`;
    this.manifestKey = `${this.folder}manifest.json`;
  }

  sidecarKey(ordinal: number): string {
    return `${this.folder}parts/${padded(ordinal)}.json`;
  }

  contentKey(ordinal: number, part: Pick<Part, 'stream' | 'name' | 'format'>, writer: string): string {
    if (!NAME.test(part.stream) || !NAME.test(part.name)) {
      throw new PartInvalidError(part, 'names are up to 100 letters, digits, ".", "_" and "-", not starting with a dot');
    }
    return `${this.folder}parts/${padded(ordinal)}.${part.stream}.${part.name}.${writer}.${part.format}`;
  }

  /** Null for any other key. */
  ordinalOf(key: string): number | null {
    const folder = `${this.folder}parts/`;
    const digits = key.startsWith(folder) ? SIDECAR.exec(key.slice(folder.length))?.[1] : undefined;
    return digits === undefined ? null : Number(digits);
  }
}

export function runFolder(runsFolder: string, runId: string): string {
  assertName('run id', runId);
  return `${runsFolder}${runId}/`;
}

function assertName(what: string, name: string): void {
  if (!NAME.test(name)) throw new StageNameError(`A ${what} is up to 100 letters, digits, ".", "_" and "-", not starting with a dot.`);
}

function padded(ordinal: number): string {
  return String(ordinal).padStart(ORDINAL_DIGITS, '0');
}
