import { Injectable, Logger } from '@nestjs/common';
import type { Publication } from '@app/persistence';
import { loggable } from '@app/platform';
import { PublishedSchemas } from '../registry/schemas/published-schemas';
import type { StageContext } from './stage';
import { Targets } from './targets';

/** What is good to do once a unit is published. The run has succeeded whether this does or not. */
@Injectable()
export class AfterPublish {
  private readonly logger = new Logger(AfterPublish.name);

  constructor(
    private readonly targets: Targets,
    private readonly schemas: PublishedSchemas,
  ) {}

  /** Helps the planner, keeps what the tables hold now, and frees space. */
  async tidy({ run, definition, unit }: StageContext, { tables }: Publication): Promise<void> {
    const names = tables.map(({ table }) => table);
    if (!run.dryRun) {
      await this.attempt('the planner has old statistics until the database renews them', async () =>
        (await this.targets.open(definition)).analyze(definition.target.schema, tables),
      );
      await this.attempt('what the tables hold is recorded by the next run', () => this.schemas.keep(run.id, definition, names));
    }
    await this.attempt('staging tables stay until the next sweep', async () => (await this.targets.open(definition)).discard(unit.id));
  }

  private async attempt(otherwise: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn(loggable(error), otherwise);
    }
  }
}
