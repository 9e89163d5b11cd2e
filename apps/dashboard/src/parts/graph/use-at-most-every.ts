import { useEffect, useRef, useState } from 'react';

/** The value, throttled: at most this many ms old, and updated at most that often. */
export const useAtMostEvery = <T>(value: T, ms: number): T => {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    latest.current = value;
    if (value === shown) return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setShown(latest.current);
    }, ms);
  }, [value, shown, ms]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return shown;
};
