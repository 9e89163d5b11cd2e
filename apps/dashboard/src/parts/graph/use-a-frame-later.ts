import { useEffect, useState } from 'react';

/** True a frame after `value` has become true, false as soon as it is false. `atOnce`: from the first render on. */
export const useAFrameLater = (value: boolean, atOnce: boolean): boolean => {
  const [later, setLater] = useState(atOnce);
  useEffect(() => {
    if (!value) return setLater(false);
    const frame = requestAnimationFrame(() => setLater(true));
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return later;
};
