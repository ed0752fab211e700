import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** Lets one run at a time work on the drops of a definition. */
@Injectable()
export class DropClaims {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** False while another run has the claim. It ends with that run's task, however that ends, so nobody has to give it back. */
  async claim(configId: string, runId: string): Promise<boolean> {
    const claimed = await this.dataSource.query<unknown[]>(
      `insert into tributary.drop_claim as held (config_id, run_id) values ($1, $2)
       on conflict (config_id) do update set run_id = excluded.run_id
         where held.run_id = excluded.run_id
            or not exists (select from tributary.run join tributary.task on task.id = run.task_id
                            where run.id = held.run_id and task.status in ('queued', 'started'))
       returning run_id`,
      [configId, runId],
    );
    return claimed.length > 0;
  }
}
