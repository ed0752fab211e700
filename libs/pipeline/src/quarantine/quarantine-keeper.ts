import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { TableShape } from '@app/platform';
import { Repository } from 'typeorm';
import type { StageContext } from '../stages/stage';
import type { RefusedRow } from './check-rows';
import { QuarantineEntity } from './quarantine.entity';

/** Rows written by one statement. */
const INSERT_ROWS = 500;

export interface QuarantinedTable {
  readonly shape: TableShape;
  /** Name of the dataset part that its rows lie in. */
  readonly part: string;
  /** Whether each run decides about all rows of the table. */
  readonly renewed: boolean;
}

/** Puts refused rows into the quarantine. */
@Injectable()
export class QuarantineKeeper {
  constructor(@InjectRepository(QuarantineEntity) private readonly rows: Repository<QuarantineEntity>) {}

  /** Rows that an attempt before had put there stay as they are: a row's id comes from what was published, its table and its number. */
  async keep({ run, unit }: StageContext, { shape, part, renewed }: QuarantinedTable, refused: readonly RefusedRow[]): Promise<void> {
    for (let from = 0; from < refused.length; from += INSERT_ROWS) {
      const values = refused.slice(from, from + INSERT_ROWS).map(({ row, values: cells, errors }) => ({
        id: quarantineId(unit.id, shape.name, row),
        runId: run.id,
        publication: unit.id,
        definitionName: run.definitionName,
        tableName: shape.name,
        columns: shape.columns,
        row: Object.fromEntries(shape.columns.map(({ name }, index) => [name, cells[index] ?? null])),
        edits: {},
        rule: errors[0]?.rule ?? '',
        message: errors.map(({ message }) => message).join('; '),
        part,
        line: String(row),
        columnName: errors[0]?.column ?? null,
        renewed,
      }));
      await this.rows.createQueryBuilder().insert().values(values).orIgnore().updateEntity(false).execute();
    }
  }
}

/** The same row of the same publication has the same id, on every attempt. */
export function quarantineId(publication: string, table: string, row: number): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([publication, table, row]))
    .digest('hex');
  // RFC 9562, version 8: the bits are our own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
