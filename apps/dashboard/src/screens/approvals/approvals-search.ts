/** Filters of the approvals, stored in the address. */
export interface ApprovalsSearch {
  /** Absent: those that wait for a decision. */
  readonly status?: 'closed';
  /** Only those that the reader may decide. */
  readonly mine?: true;
  readonly pipeline?: string;
}

export const readApprovalsSearch = ({ status, mine, pipeline }: Record<string, unknown>): ApprovalsSearch => ({
  ...(status === 'closed' ? { status } : {}),
  ...(mine === true || mine === 'true' ? { mine: true } : {}),
  // The router parses digits as a number.
  ...((typeof pipeline === 'string' && pipeline !== '') || typeof pipeline === 'number'
    ? { pipeline: String(pipeline) }
    : {}),
});
