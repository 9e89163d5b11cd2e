/** The store's counters, in words for operators. */
export const COUNTERS: readonly { readonly name: string; readonly says: string }[] = [
  { name: 'rescued', says: 'Stages recovered from lost workers' },
  { name: 'fenced', says: 'Late writes rejected by the fence' },
  { name: 'repaired', says: 'Inconsistencies repaired' },
  { name: 'lock_taken_over', says: 'Stale locks taken over' },
];
