import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { ObjectStore } from '../object-store/object-store';
import { objectStoreConfig } from '../object-store/object-store.config';
import { openObjectStore } from '../object-store/open-object-store';
import { StagingStore } from './staging-store';

/** The configured object store; an interface, so it is injected by this token. */
export const OBJECT_STORE = Symbol('OBJECT_STORE');

/** The object store and the datasets in it. */
@Global()
@Module({
  providers: [
    {
      provide: OBJECT_STORE,
      inject: [objectStoreConfig.KEY],
      useFactory: (settings: ConfigType<typeof objectStoreConfig>) => openObjectStore(settings),
    },
    { provide: StagingStore, inject: [OBJECT_STORE], useFactory: (store: ObjectStore) => new StagingStore(store) },
  ],
  exports: [OBJECT_STORE, StagingStore],
})
export class StagingModule implements OnApplicationShutdown {
  constructor(@Inject(OBJECT_STORE) private readonly store: ObjectStore) {}

  onApplicationShutdown(): void {
    this.store.close();
  }
}
