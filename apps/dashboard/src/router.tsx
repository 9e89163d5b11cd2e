import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { BASE_PATH } from './served-below.ts';
import { ErrorScreen, NotFound } from './screens/error-screen.tsx';
import { readApprovalsSearch } from './screens/approvals/approvals-search.ts';
import { readRunSearch } from './screens/run/run-search.ts';
import { readRunsSearch } from './screens/runs/runs-search.ts';
import { readNewScheduleSearch, readSchedulesSearch } from './screens/schedules/schedules-search.ts';
import { Shell } from './shell/shell.tsx';

/** Routes and their screens, each loaded when first shown. Filters and selections live in the address. */
const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: ErrorScreen });
const at = <P extends string>(path: P, load: () => Promise<{ readonly Screen: () => React.ReactNode }>) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(load as () => Promise<Record<'Screen', () => React.ReactNode>>, 'Screen'),
  });

const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import('./screens/runs/runs-screen.tsx'), 'Screen'),
});
const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs/$runId',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import('./screens/run/run-screen.tsx'), 'Screen'),
});
const approvalsRoute = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  validateSearch: readApprovalsSearch,
  component: lazyRouteComponent(() => import('./screens/approvals/approvals-screen.tsx'), 'Screen'),
});
const gateRoute = createRoute({
  getParentRoute: () => root,
  path: '/approvals/$gateId',
  component: lazyRouteComponent(() => import('./screens/approvals/gate-screen.tsx'), 'Screen'),
});
const schedulesRoute = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: readSchedulesSearch,
  component: lazyRouteComponent(() => import('./screens/schedules/schedules-screen.tsx'), 'Screen'),
});
const scheduleRoute = createRoute({
  getParentRoute: () => root,
  path: '/schedules/$scheduleId',
  component: lazyRouteComponent(() => import('./screens/schedules/schedule-screen.tsx'), 'Screen'),
});
// Ids never contain "~", so a schedule may be called "new".
const newScheduleRoute = createRoute({
  getParentRoute: () => root,
  path: '/schedules/~new',
  validateSearch: readNewScheduleSearch,
  component: lazyRouteComponent(() => import('./screens/schedules/new-schedule.tsx'), 'Screen'),
});

const routes = root.addChildren([
  at('/', () => import('./screens/overview/overview-screen.tsx')),
  runsRoute,
  runRoute,
  approvalsRoute,
  gateRoute,
  at('/pipelines/$pipeline', () => import('./screens/pipeline/pipeline-screen.tsx')),
  at('/pipelines/$pipeline/start', () => import('./screens/start/start-screen.tsx')),
  schedulesRoute,
  scheduleRoute,
  newScheduleRoute,
  at('/system', () => import('./screens/system/system-screen.tsx')),
]);

export const router = createRouter({
  routeTree: routes,
  basepath: BASE_PATH || '/',
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
