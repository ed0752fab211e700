import type { SchemaColumn } from '@app/validation';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of what a table holds. Never changed. */
@Entity({ name: 'schema_version' })
export class SchemaVersionEntity {
  @PrimaryColumn('varchar', { name: 'schema_name' })
  name!: string;

  @PrimaryColumn('int')
  version!: number;

  @Column('json')
  columns!: readonly SchemaColumn[];

  @Column('text', { nullable: true })
  description!: string | null;

  /** Who registered it: an API key’s name, or `run:<id>` for a table that a run widened. */
  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false })
  createdAt!: Date;
}
