import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AppError } from '../errors/app-error';
import { ApiKeyEntity } from './api-key.entity';
import { authConfig } from './auth.config';
import type { Role } from './roles';

const KEY_BYTES = 32;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class ApiKeyNotFoundError extends AppError {
  readonly code = 'api-key-not-found';
  constructor(id: string) {
    super(`API key ${id} not found`);
  }
}

/** Who a request comes from. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

@Injectable()
export class ApiKeyService {
  constructor(
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
    @InjectRepository(ApiKeyEntity) private readonly keys: Repository<ApiKeyEntity>,
  ) {}

  /** Makes a key. Its text is returned once and never kept. */
  async create(name: string, role: Role): Promise<{ id: string; key: string }> {
    const id = randomUUID();
    const key = `trib_${randomBytes(KEY_BYTES).toString('base64url')}`;
    await this.keys.insert({ id, name, role, keySha256: sha256(key).toString('hex') });
    return { id, key };
  }

  /** All that were ever made, the oldest first. */
  list(): Promise<ApiKeyEntity[]> {
    return this.keys.find({ order: { createdAt: 'ASC' } });
  }

  /** Refuses the key from now on; one that is revoked already stays so. @throws {ApiKeyNotFoundError} */
  async revoke(id: string): Promise<ApiKeyEntity> {
    const found = UUID.test(id) ? await this.keys.findOneBy({ id }) : null;
    if (!found) throw new ApiKeyNotFoundError(id);
    if (found.revokedAt) return found;
    found.revokedAt = new Date();
    return this.keys.save(found);
  }

  /** The principal a key belongs to, or null for one that was never made or is revoked. */
  async find(key: string): Promise<Principal | null> {
    const digest = sha256(key);
    const bootstrap = this.config.bootstrapAdminKey;
    if (bootstrap && timingSafeEqual(digest, sha256(bootstrap))) return { name: 'bootstrap', role: 'admin' };
    const found = await this.keys.findOneBy({ keySha256: digest.toString('hex'), revokedAt: IsNull() });
    return found && { name: found.name, role: found.role };
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
