import type { Finding } from '@app/validation';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What was noticed in an upload that was taken. Warnings only: an error would have refused it. */
@Entity({ name: 'upload_report' })
export class UploadReportEntity {
  /** Also the upload's id. */
  @PrimaryColumn('uuid', { name: 'task_id' })
  taskId!: string;

  @Column('text', { name: 'table_name' })
  table!: string;

  /** A whole number, as text. */
  @Column('bigint')
  rows!: string;

  /** A whole number, as text: all there were, of which `findings` may keep the first ones. */
  @Column('bigint')
  warnings!: string;

  @Column('jsonb')
  findings!: readonly Finding[];
}
