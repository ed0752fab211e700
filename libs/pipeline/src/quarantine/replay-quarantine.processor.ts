import { Processes, type TaskControl, type TaskPayload, type TaskProcessor } from '@app/jobs';
import { QuarantineReplay, type ReplayOutcome } from './quarantine-replay';
import { replayQuarantineTask } from './replay-quarantine.task';

@Processes(replayQuarantineTask)
export class ReplayQuarantineProcessor implements TaskProcessor<typeof replayQuarantineTask> {
  constructor(private readonly replay: QuarantineReplay) {}

  async process(
    payload: TaskPayload<typeof replayQuarantineTask>,
    control: TaskControl,
  ): Promise<Readonly<Record<keyof ReplayOutcome, number>>> {
    return { ...(await this.replay.run(payload, control)) };
  }
}
