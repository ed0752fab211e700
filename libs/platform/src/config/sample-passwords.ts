/** From the examples of the pipeline platform; they are public. */
const SAMPLE_PASSWORDS = new Set(['password', 'pipeline_password', 'redis_password']);

/** What is wrong with a password, or null. Samples are fine wherever no real data is. */
export const passwordFault = (password: string | undefined, nodeEnv: unknown): string | null =>
  nodeEnv === 'production' && password !== undefined && SAMPLE_PASSWORDS.has(password)
    ? 'the password is that of the examples; set another one'
    : null;
