import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** Whether the control database answers. */
@Injectable()
export class ControlDatabaseHealth {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Rejects when it does not. */
  async ping(): Promise<void> {
    await this.dataSource.query('select 1');
  }
}
