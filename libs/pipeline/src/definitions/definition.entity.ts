import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PipelineDefinition } from './definition';

@Entity({ name: 'definition' })
export class DefinitionEntity {
  @PrimaryColumn('text')
  name!: string;

  @PrimaryColumn('int')
  version!: number;

  /** `json`, not `jsonb`: the order of keys is kept. */
  @Column('json')
  document!: PipelineDefinition;

  /** SHA-256 of the document, to tell whether a new one differs. */
  @Column('text')
  checksum!: string;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false })
  createdAt!: Date;
}
