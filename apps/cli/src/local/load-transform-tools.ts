import { createRequire } from 'node:module';

const load = createRequire(__filename);

/** The tools that work on mappings. They bring a database engine along, which a command loads only when it runs. */
export const loadTransformTools = () => load('./transform-tools') as typeof import('./transform-tools');
