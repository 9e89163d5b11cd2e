import { formatDuration } from '../format/duration.ts';
import { useClockSkew } from '../live/clock.ts';
import { useTrouble } from '../live/trouble.ts';

/** Problems of the page as a whole, above everything else. */
export const Banners = () => {
  const trouble = useTrouble();
  const skew = useClockSkew();
  return (
    <>
      {trouble === 'redis_away' ? (
        <Banner>Redis is unavailable: this page may be out of date. It will update when Redis is back.</Banner>
      ) : trouble === 'api_away' ? (
        <Banner>The API is not responding: this page may be out of date. It will update when the API is back.</Banner>
      ) : null}
      {skew === null ? null : (
        <Banner>
          This computer's clock is {formatDuration(Math.abs(skew))} {skew > 0 ? 'behind' : 'ahead of'} the server's. Times and countdowns here go by the
          server's.
        </Banner>
      )}
    </>
  );
};

const Banner = ({ children }: { children: React.ReactNode }) => (
  <div role="alert" className="border-b border-warn bg-raised px-4 py-2 text-center font-medium text-warn">
    {children}
  </div>
);
