import { ApiError } from '@millrace/client';
import { useEffect, useMemo } from 'react';
import { idOf, pathsOf, placeErrors } from '../../parts/form/form-state.ts';
import { ModeInput, ParamsPanel, StagesInput } from '../../parts/form/start-inputs.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import type { Draft } from './schedule-draft.ts';
import type { Startable } from './use-startable.ts';

interface WhatItStartsProps {
  readonly startable: Startable;
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
  /** Error of the last save. */
  readonly error: unknown;
}

/** Mode, params and stages of the schedule's runs, with the fields of the start form. */
export const WhatItStarts = ({ startable: { pipeline, fields, error: unread }, draft, onChange, error }: WhatItStartsProps) => {
  const { at, first } = useMemo(
    () => placeErrors(error instanceof ApiError ? error.errors : [], ['mode', 'params', ...pathsOf(fields ?? [], draft.params, 'params'), 'stages']),
    [error, fields, draft.params],
  );
  useEffect(() => {
    if (first !== null) document.getElementById(idOf(first))?.focus();
  }, [error, first]);
  if (pipeline === undefined)
    return unread === null ? <Loading what="the pipeline's params" /> : <Notice tone="warn" title="Cannot edit what it starts right now" error={unread} />;
  return (
    <>
      <ModeInput pipeline={pipeline} mode={draft.mode} messages={at.get('mode') ?? []} onChange={(mode) => onChange({ mode })} />
      <ParamsPanel pipeline={pipeline} fields={fields} mode={draft.mode} params={draft.params} errors={at} onChange={(params) => onChange({ params })} />
      <StagesInput pipeline={pipeline} mode={draft.mode} stages={draft.stages} messages={at.get('stages') ?? []} onChange={(stages) => onChange({ stages })} />
    </>
  );
};
