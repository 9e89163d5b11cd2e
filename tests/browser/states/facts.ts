/** What a reader finds on a page, waited for. Each fails with the words or the element that did not come. */
import type { Locator, Page } from 'playwright-core';

export type Fact = (page: Page) => Promise<void>;
type Words = string | RegExp;

const found =
  (locator: (page: Page) => Locator): Fact =>
  (page) =>
    locator(page).first().waitFor();

/** Words of the screen itself, whatever is around it. */
export const says = (words: Words): Fact => found((page) => page.getByRole('main').getByText(words));
/** Words in a named part: a panel, a list, a drawer. */
export const within = (role: 'region' | 'group' | 'complementary', name: Words, words: Words): Fact =>
  found((page) => page.getByRole(role, { name }).getByText(words));
export const button = (name: Words): Fact => found((page) => page.getByRole('button', { name }));
export const link = (name: Words): Fact => found((page) => page.getByRole('link', { name }));
export const row = (words: RegExp): Fact => found((page) => page.getByRole('row').filter({ hasText: words }));
export const item = (words: RegExp): Fact => found((page) => page.getByRole('listitem').filter({ hasText: words }));
/** Words in what carries a label, however much else it says. */
export const labelled = (label: string, words: Words): Fact =>
  found((page) => page.getByLabel(label, { exact: true }).filter({ hasText: words }));
export const chosen = (label: string, value: string): Fact =>
  found((page) =>
    page
      .getByLabel(label, { exact: true })
      .and(
        page.locator(
          `[value="${value}"], :has(option:checked[value="${value}"]), :has(option:checked:text-is("${value}"))`,
        ),
      ),
  );
export const gone =
  (words: Words): Fact =>
  (page) =>
    page.getByText(words).first().waitFor({ state: 'hidden' });

/** Above every screen. */
export const badge = (word: 'live' | 'offline'): Fact =>
  found((page) => page.getByRole('status', { name: `Connection: ${word}` }));
export const banner = (words: string): Fact => found((page) => page.getByRole('alert').filter({ hasText: words }));
export const signInForm: Fact = found((page) => page.getByRole('heading', { name: 'Sign in to Millrace' }));
