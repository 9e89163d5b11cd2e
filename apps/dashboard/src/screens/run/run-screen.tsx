import { getRouteApi } from '@tanstack/react-router';
import { useLiveRun } from '../../live/use-live-run.ts';
import { Loading, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { StatusMark } from '../../ui/status.tsx';

const route = getRouteApi('/runs/$runId');

export const Screen = () => {
  const { runId } = route.useParams();
  const { state } = useLiveRun(runId);
  if (state.phase === 'loading') return <Loading what="the run" />;
  if (state.phase === 'refused') return <Notice tone="bad" title="This run cannot be shown" error={state.error} />;
  return <PageHead title={`${state.run.pipeline}`} beside={<StatusMark status={state.run.status} />} />;
};
