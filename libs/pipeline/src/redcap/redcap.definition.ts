/** The REDCap sync as a pipeline. All its settings come from the environment, so the document names none. */
export const REDCAP_DEFINITION = {
  name: 'redcap',
  description: 'A REDCap project, transformed by its mapping and published to the warehouse in one transaction.',
  source: { kind: 'redcap' },
  transform: { kind: 'mapping' },
  // A mapping may grow while workers run.
  load: { evolution: 'evolve' },
} as const;
