import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { DefinitionEntity } from '../definitions/definition.entity';
import { REDCAP_DEFINITION } from '../redcap/redcap.definition';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import type { CronSchedule } from './cron-schedule';
import type { ScheduleEntity } from './schedule.entity';

/** Who gave a schedule: an edit by API, the definition's document, or the old deployment's environment. */
export const SCHEDULE_ORIGINS = ['api', 'definition', 'environment'] as const;
export type ScheduleOrigin = (typeof SCHEDULE_ORIGINS)[number];

export interface OriginatedSchedule extends CronSchedule {
  readonly origin: ScheduleOrigin;
}

/** Which schedule holds for a definition. */
@Injectable()
export class EffectiveSchedules {
  constructor(@Inject(redcapSyncConfig.KEY) private readonly redcap: ConfigType<typeof redcapSyncConfig>) {}

  /** An edit wins over the document, the document over the environment; null when it never runs by itself. */
  of(
    { name, document }: Pick<DefinitionEntity, 'name' | 'document'>,
    state: Pick<ScheduleEntity, 'cron' | 'timeZone'> | null,
  ): OriginatedSchedule | null {
    if (state?.cron != null) return { cron: state.cron, timeZone: state.timeZone ?? undefined, origin: 'api' };
    if (document.schedule) return { ...document.schedule, origin: 'definition' };
    if (name === REDCAP_DEFINITION.name && this.redcap.schedule) return { ...this.redcap.schedule, origin: 'environment' };
    return null;
  }
}
