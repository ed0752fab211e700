import type { Writable } from 'node:stream';
import { Format, MultiBar, Presets, type GenericFormatter, type Params, type SingleBar } from 'cli-progress';
import type { Run, Stage } from '../api/answers';
import type { RunProgress } from './run-progress';
import { positionOf, stageText, type StagePosition } from './stage-text';

const BAR_WIDTH_CHARACTERS = 24;

/** What a bar is drawn from, beside how far it is. */
interface BarContent {
  readonly stage: Stage;
  readonly position: StagePosition;
}

/** A bar per stage, in place. A stage whose end is not known gets a counter instead, since a bar would be a lie. */
export class ProgressBars implements RunProgress {
  private readonly bars: MultiBar;
  private readonly barOfStage = new Map<string, SingleBar>();

  constructor(stream: Writable) {
    const options = { stream, format: drawBar, barsize: BAR_WIDTH_CHARACTERS, hideCursor: true, gracefulExit: false, emptyOnZero: true };
    this.bars = new MultiBar(options, Presets.shades_classic);
  }

  show(run: Run): void {
    for (const stage of run.stages) {
      const position = positionOf(stage, run);
      const content: BarContent = { stage, position };
      const bar = this.barOfStage.get(stage.name) ?? this.bars.create(0, 0, content);
      this.barOfStage.set(stage.name, bar);
      bar.setTotal(position.total ?? 0);
      bar.update(position.done, content);
    }
  }

  /** Draws the last state and gives the cursor back. */
  close(): void {
    this.bars.stop();
  }
}

const drawBar: GenericFormatter = (options, params: Params, { stage, position }: BarContent) => {
  const text = stageText(stage, position);
  return stage.status === 'running' && position.total !== null ? `${Format.BarFormat(params.progress, options)} ${text}` : text;
};
