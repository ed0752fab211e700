import type { Provider } from '@nestjs/common';
import { EffectiveSchedules } from './effective-schedule';
import { FiringLog } from './firing-log';
import { ScheduleService } from './schedule.service';
import { Scheduler } from './scheduler';

/** For a process that shows and changes schedules. */
export const SCHEDULE_CLIENT: Provider[] = [EffectiveSchedules, FiringLog, ScheduleService];

/** For a process that fires them. */
export const SCHEDULE_WORKER: Provider[] = [EffectiveSchedules, FiringLog, Scheduler];
