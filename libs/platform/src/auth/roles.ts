import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Each role may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_KEY = 'tributary:role';
export const OPEN_KEY = 'tributary:open';

/** The least role a route asks for. Without it: `viewer` to read, `operator` for everything else. */
export const RequiresRole = (role: Role): CustomDecorator => SetMetadata(ROLE_KEY, role);

/** A route that answers without a key. */
export const Open = (): CustomDecorator => SetMetadata(OPEN_KEY, true);

export const mayAct = (has: Role, needs: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needs);
