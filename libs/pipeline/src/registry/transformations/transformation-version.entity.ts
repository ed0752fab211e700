import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of a transform that pipelines use by name. Never changed. */
@Entity({ name: 'transformation_version' })
export class TransformationVersionEntity {
  @PrimaryColumn('varchar', { name: 'transformation_id' })
  id!: string;

  @PrimaryColumn('int')
  version!: number;

  /** The kind of transform that it is a configuration of. */
  @Column('text')
  type!: string;

  /** That configuration. `json`, not `jsonb`: the order of keys is kept. */
  @Column('json')
  body!: Record<string, unknown>;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false })
  createdAt!: Date;
}
