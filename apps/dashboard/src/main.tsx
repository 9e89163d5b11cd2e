/** The dashboard: first the session, then everything it may see. */
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LiveProvider } from './live/live-provider.tsx';
import { queryClient } from './live/query-client.ts';
import { router } from './router.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { applyTheme } from './shell/theme.ts';
import './style.css';

applyTheme();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <SessionGate>
        <LiveProvider>
          <RouterProvider router={router} />
        </LiveProvider>
      </SessionGate>
    </QueryClientProvider>
  </StrictMode>,
);
