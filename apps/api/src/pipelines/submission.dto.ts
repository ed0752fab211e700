import { ApiProperty } from '@nestjs/swagger';

export class SubmissionDto {
  @ApiProperty({ example: 'submitted' })
  readonly status!: 'submitted';

  @ApiProperty({ description: 'The id that was sent, or a new one; for single tasks the name of the task' })
  readonly pipeline_id!: string;

  @ApiProperty({ format: 'uuid' })
  readonly task_id!: string;

  @ApiProperty()
  readonly message!: string;

  @ApiProperty({ type: Object, nullable: true, description: 'Always null here; `GET /tasks/{id}` has it' })
  readonly result!: null;
}

export class TaskStatusDto {
  @ApiProperty({ format: 'uuid' })
  readonly task_id!: string;

  @ApiProperty({ enum: ['pending', 'completed', 'failed'] })
  readonly status!: 'pending' | 'completed' | 'failed';

  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'Counts and names by stage, never rows; of a failed run the stages that were done',
  })
  readonly result!: unknown;

  @ApiProperty({ type: String, nullable: true })
  readonly error!: string | null;
}

export class ValidityDto {
  @ApiProperty({ description: 'A pipeline that is not valid answers 422' })
  readonly valid!: boolean;
}

export const submission = (pipelineId: string, taskId: string, message: string): SubmissionDto => ({
  status: 'submitted',
  pipeline_id: pipelineId,
  task_id: taskId,
  message,
  result: null,
});
