import { Processes, type TaskControl, type TaskPayload, type TaskProcessor } from '@app/jobs';
import { RunExecutor } from './run-executor';
import { runPipelineTask } from './run-pipeline.task';

@Processes(runPipelineTask)
export class RunPipelineProcessor implements TaskProcessor<typeof runPipelineTask> {
  constructor(private readonly executor: RunExecutor) {}

  async process({ runId }: TaskPayload<typeof runPipelineTask>, control: TaskControl): Promise<null> {
    await this.executor.execute(runId, control);
    return null;
  }
}
