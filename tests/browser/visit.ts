/** A visit to a deployment: a browser profile of its own with one page, and what went wrong in it. */
import type { BrowserContext, Page } from 'playwright-core';
import { theBrowser } from './chromium.ts';
import type { Deployment } from './deployment.ts';

export const VIEWPORTS = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

export interface VisitOptions {
  /** With a session of the admin token, as the sign-in form makes one; true by default. */
  readonly signedIn?: boolean;
  /** What the system prefers; light by default. */
  readonly theme?: 'light' | 'dark';
  readonly viewport?: keyof typeof VIEWPORTS;
  readonly reducedMotion?: boolean;
  /** IANA name; UTC by default. */
  readonly timezone?: string;
  /** For pages that ask by HTTP Basic, as Bull Board does. */
  readonly password?: string;
  /** Requests that get no answer as long as the visit lasts. */
  readonly unanswered?: RegExp;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Another tab of the same profile, once the path has loaded; what goes wrong in it counts too. */
  openTab(path: string): Promise<Page>;
  /** Such complaints are expected, also those that are there already. */
  expectComplaint(pattern: RegExp): void;
  /**
   * Console errors (violations of the CSP are among them), uncaught errors, dialogs and requests to other origins that
   * nobody expected.
   */
  complaints(): readonly string[];
  close(): Promise<void>;
}

/** Answers once the page at the path has loaded. */
export const visit = async (
  deployment: Pick<Deployment, 'url' | 'token'>,
  path: string,
  options: VisitOptions = {},
): Promise<Visit> => {
  const {
    signedIn = true,
    theme = 'light',
    viewport = 'desktop',
    reducedMotion = false,
    timezone = 'UTC',
    password,
    unanswered,
  } = options;
  const context = await (await theBrowser()).newContext({
    baseURL: deployment.url,
    viewport: VIEWPORTS[viewport],
    colorScheme: theme,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    hasTouch: viewport === 'phone',
    isMobile: viewport === 'phone',
    timezoneId: timezone,
    locale: 'en-GB',
    ...(password === undefined ? {} : { httpCredentials: { username: 'admin', password } }),
  });
  context.setDefaultTimeout(30_000);
  const { listen, ...heard } = listener(new URL(deployment.url).origin);
  if (signedIn) await signIn(context, deployment);
  if (unanswered !== undefined) await context.route(unanswered, () => {});
  const openTab = async (at: string): Promise<Page> => {
    const page = await context.newPage();
    listen(page);
    await page.goto(at);
    return page;
  };
  return { page: await openTab(path), context, openTab, ...heard, close: () => context.close() };
};

/** The session's cookie without the form: the tests of the form itself sign in through it. */
const signIn = async (context: BrowserContext, { url, token }: Pick<Deployment, 'url' | 'token'>): Promise<void> => {
  const answer = await context.request.post(`${url}/api/v1/session`, { data: { token }, headers: { Origin: url } });
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`);
};

const listener = (home: string): Pick<Visit, 'complaints' | 'expectComplaint'> & { listen(page: Page): void } => {
  const complaints: string[] = [];
  const expected: RegExp[] = [];
  const complain = (text: string) => void complaints.push(text);
  const listen = (page: Page): void => {
    page.on('console', (message) => {
      if (message.type() === 'error') complain(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => complain(`uncaught: ${error.stack ?? error.message}`));
    page.on('crash', () => complain('the page crashed'));
    // Of a payload that ran: nothing of ours opens one.
    page.on('dialog', (dialog) => {
      complain(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (/^https?:$/.test(protocol) && origin !== home) complain(`request to another origin: ${request.url()}`);
    });
  };
  return {
    listen,
    complaints: () => complaints.filter((text) => !expected.some((pattern) => pattern.test(text))),
    expectComplaint: (pattern) => void expected.push(pattern),
  };
};
