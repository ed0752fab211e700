import { Inject, Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';
import { ApiKeyService, type Principal } from './api-key.service';
import { authConfig } from './auth.config';
import { mayAct, OPEN_KEY, ROLE_KEY, type Role } from './roles';

export class UnauthenticatedError extends AppError {
  readonly code = 'unauthenticated';
  constructor() {
    super('Send a valid API key as `Authorization: Bearer …` or `X-API-Key`.');
  }
}

export class ForbiddenError extends AppError {
  readonly code = 'forbidden';
  constructor(role: Role) {
    super(`This needs the role ${role}.`);
  }
}

export interface AuthenticatedRequest extends FastifyRequest {
  principal: Principal;
}

/** Every route asks for a key unless it is `@Open()` or authentication is switched off for a trusted network. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
    private readonly keys: ApiKeyService,
    private readonly reflector: Reflector,
  ) {
    if (config.mode === 'disabled') new Logger(AuthGuard.name).warn('AUTH_MODE is disabled: whoever reaches this port is an administrator');
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(OPEN_KEY, targets)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.principal = await this.principalOf(request);
    const needs =
      this.reflector.getAllAndOverride<Role | undefined>(ROLE_KEY, targets) ?? (request.method === 'GET' ? 'viewer' : 'operator');
    if (!mayAct(request.principal.role, needs)) throw new ForbiddenError(needs);
    return true;
  }

  private async principalOf(request: FastifyRequest): Promise<Principal> {
    if (this.config.mode === 'disabled') return { name: 'anonymous', role: 'admin' };
    const header = request.headers['x-api-key'] ?? request.headers.authorization?.replace(/^Bearer\s+/i, '');
    const principal = typeof header === 'string' ? await this.keys.find(header) : null;
    if (!principal) throw new UnauthenticatedError();
    return principal;
  }
}
