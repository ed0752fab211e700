import { Processes, type TaskControl, type TaskPayload, type TaskProcessor } from '@app/jobs';
import { loadUploadTask } from './load-upload.task';
import { UploadLoader } from './upload-loader';

@Processes(loadUploadTask)
export class LoadUploadProcessor implements TaskProcessor<typeof loadUploadTask> {
  constructor(private readonly loader: UploadLoader) {}

  async process(payload: TaskPayload<typeof loadUploadTask>, control: TaskControl): Promise<null> {
    await this.loader.load(payload, control);
    return null;
  }
}
