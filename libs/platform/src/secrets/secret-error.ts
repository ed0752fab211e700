import { AppError } from '../errors/app-error';

/** A reference that resolves to nothing. Names the reference, never a value. */
export class SecretNotFoundError extends AppError {
  readonly code = 'config-invalid';
  constructor(reference: string, fault: string, cause?: unknown) {
    super(`The secret ${reference} cannot be read: ${fault}.`, { reference }, { cause });
  }
}

/** Vault does not answer, is sealed, or fails. */
export class VaultUnavailableError extends AppError {
  readonly code = 'source-unavailable';
  override readonly retryable = true;
  constructor(fault: string, cause?: unknown) {
    super(`Vault ${fault}; check VAULT_ADDR and that Vault is unsealed.`, {}, { cause });
  }
}
