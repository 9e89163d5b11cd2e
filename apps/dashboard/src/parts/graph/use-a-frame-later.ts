import { useEffect, useState } from 'react';

/** True one frame after `value` becomes true, false as soon as it is false. `atOnce`: true from the first render. */
export const useAFrameLater = (value: boolean, atOnce: boolean): boolean => {
  const [later, setLater] = useState(atOnce);
  useEffect(() => {
    if (!value) return setLater(false);
    const frame = requestAnimationFrame(() => setLater(true));
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return later;
};
