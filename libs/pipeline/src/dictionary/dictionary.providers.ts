import type { Provider } from '@nestjs/common';
import { DictionaryCheck } from './dictionary-check';
import { DictionaryKeeper } from './dictionary-keeper';
import { DictionaryVersions } from './dictionary-versions';
import { DictionaryService } from './dictionary.service';
import { MappedFields } from './mapped-fields';

/** For a process that shows dictionaries. */
export const DICTIONARY_CLIENT: Provider[] = [DictionaryVersions, MappedFields, DictionaryService];

/** For a process that draws them. */
export const DICTIONARY_WORKER: Provider[] = [DictionaryVersions, MappedFields, DictionaryKeeper, DictionaryCheck];
