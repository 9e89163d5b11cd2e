/** A value derived from an item, computed once and kept as long as the item. */
export const onceEach = <T extends object, U>(make: (item: T) => U): ((item: T) => U) => {
  const made = new WeakMap<T, { readonly of: U }>();
  return (item) => {
    const known = made.get(item);
    if (known) return known.of;
    const of = make(item);
    made.set(item, { of });
    return of;
  };
};
