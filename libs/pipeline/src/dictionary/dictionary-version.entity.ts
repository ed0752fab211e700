import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One state of a project's data dictionary. Its content is in the object store. */
@Entity({ name: 'dictionary_version' })
export class DictionaryVersionEntity {
  @PrimaryColumn('text')
  pipeline!: string;

  @PrimaryColumn('int')
  version!: number;

  /** Hex SHA-256 of the content. */
  @Column('text')
  checksum!: string;

  @Column('int')
  entries!: number;

  @Column('text', { name: 'object_key' })
  objectKey!: string;

  /** The run that first extracted it. */
  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false })
  createdAt!: Date;

  /** When a run first passed the check of its fields; null while none has. */
  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;
}
