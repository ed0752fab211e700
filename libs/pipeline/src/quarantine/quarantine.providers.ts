import type { Provider } from '@nestjs/common';
import { QuarantineKeeper } from './quarantine-keeper';
import { QuarantineReplay } from './quarantine-replay';
import { QuarantineRows } from './quarantine-rows';
import { QuarantineService } from './quarantine.service';
import { ReplayQuarantineProcessor } from './replay-quarantine.processor';
import { RunValidation } from './run-validation';

/** For a process that shows quarantined rows and queues replays. */
export const QUARANTINE_CLIENT: Provider[] = [QuarantineRows, QuarantineService];

/** For a process that sets rows aside and replays them. */
export const QUARANTINE_WORKER: Provider[] = [QuarantineRows, QuarantineKeeper, RunValidation, QuarantineReplay, ReplayQuarantineProcessor];
