/** What a failed lab says: what happened, and in `hint` what to do next. */
export class LabError extends Error {
  readonly code = 'ERR_PMD_LAB';
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LabError';
    this.hint = hint;
  }
}
