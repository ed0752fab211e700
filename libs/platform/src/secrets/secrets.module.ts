import { Global, Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { NamedConnections } from '../database/named-connections';
import { databaseConfig } from '../database/database.config';
import { deriveSealingKey, SealedSecrets } from './sealed';
import { SecretResolver } from './secret-resolver';
import { secretsConfig } from './secrets.config';
import { VaultClient } from './vault-client';

@Global()
@Module({
  providers: [
    {
      provide: SealedSecrets,
      inject: [secretsConfig.KEY, databaseConfig.KEY],
      useFactory: ({ sealingKey }: ConfigType<typeof secretsConfig>, { control }: ConfigType<typeof databaseConfig>) =>
        new SealedSecrets(sealingKey ?? deriveSealingKey(control)),
    },
    {
      provide: SecretResolver,
      inject: [secretsConfig.KEY, SealedSecrets],
      useFactory: ({ vault, variables }: ConfigType<typeof secretsConfig>, sealed: SealedSecrets) =>
        new SecretResolver({ env: variables, vault: vault && new VaultClient(vault), sealed }),
    },
    NamedConnections,
  ],
  exports: [SealedSecrets, SecretResolver, NamedConnections],
})
export class SecretsModule {}
