import { PmdError } from '../core/errors.ts';

/** What a failed lab says: what happened, and in `hint` what to do next. */
export class LabError extends PmdError {
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super('ERR_PMD_LAB', message, { hint });
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}
