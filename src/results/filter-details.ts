/** What a filter let pass. */
export interface FilterDetails {
  expression: string;
  /** Frames that it was asked about. */
  frames: number;
  matched: number;
}
