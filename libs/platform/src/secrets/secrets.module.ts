import { Global, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SecretResolver } from './secret-resolver';
import { secretsConfig } from './secrets.config';
import { VaultClient } from './vault-client';

@Global()
@Module({
  providers: [
    {
      provide: SecretResolver,
      inject: [secretsConfig.KEY],
      useFactory: ({ vault, variables }: ConfigType<typeof secretsConfig>) =>
        new SecretResolver({ env: variables, vault: vault && new VaultClient(vault) }),
    },
  ],
  exports: [SecretResolver],
})
export class SecretsModule {}
