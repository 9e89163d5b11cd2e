import { LISTED_ERRORS } from '../domain/index.ts';

/**
 * A problem at one place in a value. `type`: the value has the wrong type; `value`: the right type but a wrong value.
 */
export interface Issue {
  readonly kind: 'type' | 'value' | 'other';
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly values?: readonly unknown[];
}

export class Issues {
  readonly listed: Issue[] = [];
  count = 0;

  add(issue: Issue): void {
    this.count += 1;
    if (this.listed.length < LISTED_ERRORS) this.listed.push(issue);
  }
  addAll(other: Issues): void {
    for (const issue of other.listed) this.add(issue);
    this.count += other.count - other.listed.length;
  }
}

/**
 * For a value that matches none of several branches: the problems of the branch it most likely means. `depth`: of the
 * value's own path.
 */
export const issuesOfForms = (forms: readonly Issues[], path: readonly (string | number)[]): Issues => {
  const depth = path.length;
  // Ignore branches of a different type from the value's.
  const ofType = forms.filter(
    ({ listed }) => !listed.some((issue) => issue.kind === 'type' && issue.path.length === depth),
  );
  if (ofType.length > 0 && ofType.length < forms.length) return issuesOfForms(ofType, path);
  if (forms.length === 1) return forms[0]!;
  const tags = forms.map(({ listed }) => listed.filter((issue) => issue.kind === 'value' && issue.path.length > depth));
  const meant = forms.filter((_, at) => tags[at]!.length === 0);
  if (meant.length === 1) return meant[0]!;
  const [tag] = tags[0] ?? [];
  const rivals =
    tag === undefined ? [] : tags.map((own) => own.find((rival) => rival.path.join('.') === tag.path.join('.')));
  if (tag !== undefined && rivals.every((rival) => rival !== undefined))
    return only({
      kind: 'value',
      path: tag.path,
      message: `must be one of ${inList(rivals.flatMap((rival) => rival.values ?? []))}`,
    });
  const reasons = new Set(
    forms.flatMap(({ listed }) =>
      listed
        .slice(0, 1)
        .map((issue) =>
          issue.path.length > depth ? `${issue.path.slice(depth).join('.')}: ${issue.message}` : issue.message,
        ),
    ),
  );
  if (reasons.size === 1) return only(forms[0]!.listed[0]!);
  const told =
    [...reasons].slice(0, SHOWN).join('; ') +
    (reasons.size > SHOWN ? `; and ${reasons.size - SHOWN} more reasons` : '');
  return only({ kind: 'other', path, message: `matches none of the ${forms.length} allowed forms (${told})` });
};

const only = (issue: Issue): Issues => {
  const issues = new Issues();
  issues.add(issue);
  return issues;
};

const SHOWN = 20;
/** The values as JSON; of many, only the first few. */
export const inList = (values: readonly unknown[], separator = ', '): string =>
  values
    .slice(0, SHOWN)
    .map((value) => JSON.stringify(value).slice(0, 100))
    .join(separator) + (values.length > SHOWN ? `${separator}… (${values.length} in all)` : '');
