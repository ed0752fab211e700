import { ApiProperty } from '@nestjs/swagger';
import { BACKUP_FORMATS, BACKUP_STATES, EXTERNAL_ORIGIN, type BackupFormat, type BackupState, type StoredBackup } from '@app/backup';

const MS_PER_SECOND = 1000;

export class TableRowsDto {
  @ApiProperty()
  readonly schema!: string;

  @ApiProperty()
  readonly table!: string;

  @ApiProperty()
  readonly rows!: number;
}

/** What is null is not known: dumps that something else put there are examined when they are proved or restored. */
export class BackupDto {
  @ApiProperty({ example: '2024-05-06 07:08:09.123456' })
  readonly name!: string;

  @ApiProperty({
    enum: BACKUP_STATES,
    description: '`created`: it lies there. `verified`: listed, counted and checksummed when it was made. `proved`: restored on trial.',
  })
  readonly state!: BackupState;

  @ApiProperty({
    description: 'Who asked for it: `request`, `schedule`, `before-restore`, `run:<id>`; `external` for dumps of others',
    example: 'request',
  })
  readonly origin!: string;

  @ApiProperty({ enum: BACKUP_FORMATS, nullable: true })
  readonly format!: BackupFormat | null;

  @ApiProperty({ type: Boolean, nullable: true })
  readonly encrypted!: boolean | null;

  @ApiProperty()
  readonly sizeBytes!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Hex SHA-256 of the stored bytes' })
  readonly sha256!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Of all tables' })
  readonly rows!: number | null;

  @ApiProperty({ type: [TableRowsDto] })
  readonly tables!: TableRowsDto[];

  @ApiProperty({ type: String, nullable: true, description: 'The PostgreSQL release that was dumped' })
  readonly serverVersion!: string | null;

  @ApiProperty()
  readonly createdAt!: Date;

  @ApiProperty({ description: 'Since it was created' })
  readonly ageSeconds!: number;

  @ApiProperty({ type: Date, nullable: true })
  readonly provedAt!: Date | null;
}

export class StartedTaskDto {
  @ApiProperty({ format: 'uuid', description: 'Follow it with `GET /task/{id}`' })
  readonly taskId!: string;
}

export function toBackupDto({ name, sizeBytes, modifiedAt, manifest }: StoredBackup, now: Date): BackupDto {
  const createdAt = manifest ? new Date(manifest.createdAt) : modifiedAt;
  return {
    name,
    state: manifest?.state ?? 'created',
    origin: manifest?.origin ?? EXTERNAL_ORIGIN,
    format: manifest?.format ?? null,
    encrypted: manifest?.isEncrypted ?? null,
    sizeBytes,
    sha256: manifest?.sha256 ?? null,
    rows: manifest ? manifest.tables.reduce((sum, { rows }) => sum + rows, 0) : null,
    tables: manifest?.tables ?? [],
    serverVersion: manifest?.serverVersion ?? null,
    createdAt,
    ageSeconds: Math.max(0, Math.floor((now.getTime() - createdAt.getTime()) / MS_PER_SECOND)),
    provedAt: manifest?.provedAt ? new Date(manifest.provedAt) : null,
  };
}
