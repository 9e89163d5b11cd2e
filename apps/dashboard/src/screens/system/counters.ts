/** What the store counts, in words for who has to judge it. */
export const COUNTERS: readonly { readonly name: string; readonly says: string }[] = [
  { name: 'rescued', says: 'Stages taken from lost workers' },
  { name: 'fenced', says: 'Late writes that were refused' },
  { name: 'repaired', says: 'Differences that were repaired' },
  { name: 'lock_taken_over', says: 'Stale locks taken over' },
];
