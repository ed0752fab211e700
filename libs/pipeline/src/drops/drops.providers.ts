import type { Provider } from '@nestjs/common';
import { UNIT_HOOKS } from '../runs/unit-hooks';
import { DropClaims } from './drop-claims';
import { DropCopies } from './drop-copies';
import { DropLedger } from './drop-ledger';
import { DropUnits } from './drop-units';
import { DropAttemptEntity, DropObjectEntity } from './drop.entity';
import { DropService } from './drop.service';

export const DROP_ENTITIES = [DropObjectEntity, DropAttemptEntity];

/** For a process that shows drops. */
export const DROP_CLIENT: Provider[] = [DropService];

/** For a process that loads them. */
export const DROP_WORKER: Provider[] = [
  DropLedger,
  DropClaims,
  DropCopies,
  DropUnits,
  { provide: UNIT_HOOKS, inject: [DropUnits], useFactory: (drops: DropUnits) => [drops] },
];
