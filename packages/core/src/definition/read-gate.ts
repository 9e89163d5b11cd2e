import { type GateDefinition, type GateEscalation, ON_TIMEOUT, ROLES, type StageName } from '../domain/index.ts';
import { Fields, kindOf, type Reading } from './fields.ts';
import { readSchema } from './read-schema.ts';

const GATE_FIELDS = [
  'on',
  'required',
  'autoApprove',
  'timeout',
  'onTimeout',
  'roles',
  'approvers',
  'quorum',
  'starterMayApprove',
  'notes',
  'form',
  'dependsOn',
  'when',
  'auto',
  'escalate',
  'holdsOverlap',
];
const NOTES = ['optional', 'on_reject', 'always'] as const;

/** People, and escalations, of one gate. */
const MOST_NAMES = 100;
const MOST_ESCALATIONS = 20;
/** Of the name of a token, and of whom a reminder is for. */
const NAME_LENGTH = 128;

/** `gate` of a stage; null: it has none. `runs`: the stage has something to run, else it is the gate. */
export const readGate = (reading: Reading, owner: Fields, runs: boolean): GateDefinition | null => {
  if (!owner.has('gate')) return null;
  const fields = new Fields(reading, owner.raw('gate'), owner.at('gate'), GATE_FIELDS);
  if (owner.has('teardown')) owner.wrong('gate', 'cannot stand beside "teardown": undoing must not wait for people');
  const timeout = fields.duration('timeout');
  const escalate = readEscalations(reading, fields, timeout);
  const people = readPeople(reading, fields, escalate);
  return {
    kind: readKind(fields, runs),
    required: readFlag(fields, 'required', true),
    autoApprove: readAutoApprove(fields),
    timeout,
    onTimeout: readOnTimeout(fields),
    ...people,
    starterMayApprove: readFlag(fields, 'starterMayApprove', true),
    notes: fields.choice('notes', NOTES) ?? 'on_reject',
    form: readSchema(reading, fields, 'form'),
    dependsOn: (fields.texts('dependsOn') ?? []) as readonly StageName[],
    when: fields.text('when'),
    auto: fields.text('auto'),
    escalate,
    holdsOverlap: readHoldsOverlap(fields),
  };
};

const readKind = (fields: Fields, runs: boolean): GateDefinition['kind'] => {
  const on = fields.choice('on', ['start', 'result']);
  if (runs) return on ?? 'start';
  if (on !== null) fields.wrong('on', 'needs something to run: the stage is only a gate');
  return 'stage';
};

const readFlag = (fields: Fields, field: string, otherwise: boolean): boolean => {
  const value = fields.raw(field) ?? otherwise;
  if (typeof value === 'boolean') return value;
  fields.wrong(field, `must be true or false, not ${kindOf(value)}`);
  return otherwise;
};

const readAutoApprove = (fields: Fields): boolean => {
  const autoApprove = readFlag(fields, 'autoApprove', false);
  if (autoApprove && fields.has('auto'))
    fields.wrong('auto', `has nothing to decide beside "${fields.key('autoApprove')}: true"`);
  return autoApprove;
};

/** Nothing goes on, or ends, because somebody forgot to write what should happen. */
const readOnTimeout = (fields: Fields): GateDefinition['onTimeout'] => {
  const onTimeout = fields.choice('onTimeout', ON_TIMEOUT);
  if (fields.has('timeout') && !fields.has('onTimeout'))
    fields.wrong('timeout', `needs "${fields.key('onTimeout')}": ${ON_TIMEOUT.join(', ')}`);
  if (fields.has('onTimeout') && !fields.has('timeout'))
    fields.wrong('onTimeout', `needs a "${fields.key('timeout')}"`);
  return onTimeout;
};

const readPeople = (
  reading: Reading,
  fields: Fields,
  escalate: readonly GateEscalation[],
): Pick<GateDefinition, 'roles' | 'approvers' | 'quorum'> => {
  const approvers = readNames(reading, fields, 'approvers');
  const roles = readRoles(reading, fields);
  const quorum = fields.number('quorum', { least: 1, most: MOST_NAMES, whole: true }) ?? 1;
  const people = new Set([...approvers, ...escalate.flatMap(({ addApprovers }) => addApprovers)]);
  if (people.size > MOST_NAMES) fields.wrong('escalate', `adds up to more than ${MOST_NAMES} people`);
  if (roles.length === 0 && approvers.length > 0 && quorum > people.size)
    fields.wrong(
      'quorum',
      `is ${quorum}, but only ${people.size === 1 ? '1 person' : `${people.size} people`} may decide`,
    );
  return { roles, approvers, quorum };
};

const readRoles = (reading: Reading, fields: Fields): GateDefinition['roles'] => {
  const roles = fields.texts('roles') ?? [];
  if (fields.has('roles') && Array.isArray(fields.raw('roles')) && roles.length === 0)
    fields.wrong('roles', 'must not be empty');
  for (const [index, role] of roles.entries()) {
    const at = [...fields.at('roles'), index];
    if (role === 'viewer') reading.problems.add(at, 'a viewer decides nothing');
    else if (!(ROLES as readonly string[]).includes(role))
      reading.problems.addUnknown(at, `there is no role "${role.slice(0, 80)}"`, role, ['operator', 'admin']);
  }
  return roles as GateDefinition['roles'];
};

const readNames = (reading: Reading, fields: Fields, field: string): readonly string[] => {
  const names = fields.texts(field) ?? [];
  if (Array.isArray(fields.raw(field)) && (fields.raw(field) as unknown[]).length === 0)
    fields.wrong(field, 'must not be empty');
  if (names.length > MOST_NAMES) fields.wrong(field, `must be ${MOST_NAMES} names at most`);
  for (const [index, name] of names.entries()) {
    const at = [...fields.at(field), index];
    if (name === '' || name.length > NAME_LENGTH) reading.problems.add(at, `a name has 1 to ${NAME_LENGTH} characters`);
    else if (names.indexOf(name) < index) reading.problems.add(at, `"${name}" is listed twice`);
  }
  return names;
};

const readEscalations = (reading: Reading, owner: Fields, timeout: number | null): readonly GateEscalation[] => {
  const written = owner.raw('escalate');
  if (written === null) return [];
  if (!Array.isArray(written)) {
    owner.wrong('escalate', `must be a list, not ${kindOf(written)}`);
    return [];
  }
  if (written.length > MOST_ESCALATIONS) owner.wrong('escalate', `must have ${MOST_ESCALATIONS} entries at most`);
  const escalations = written.slice(0, MOST_ESCALATIONS).map((entry: unknown, index): GateEscalation => {
    const path = [...owner.at('escalate'), index];
    const fields = new Fields(reading, entry, path, ['after', 'notify', 'addApprovers']);
    const after = fields.duration('after');
    if (!fields.has('after')) reading.problems.add(path, 'an escalation needs an "after"');
    if (after !== null && timeout !== null && after >= timeout)
      fields.wrong('after', `must be shorter than the "${owner.key('timeout')}", which closes the gate`);
    const notify = fields.text('notify');
    if (notify !== null && (notify === '' || notify.length > NAME_LENGTH))
      fields.wrong('notify', `must have 1 to ${NAME_LENGTH} characters`);
    if (!fields.has('notify') && !fields.has('addApprovers'))
      reading.problems.add(path, `an escalation needs "notify" or "${fields.key('addApprovers')}"`);
    return { after: after ?? 0, notify, addApprovers: readNames(reading, fields, 'addApprovers') };
  });
  return escalations.toSorted((a, b) => a.after - b.after);
};

const readHoldsOverlap = (fields: Fields): boolean => {
  const holds = readFlag(fields, 'holdsOverlap', true);
  if (!holds) fields.wrong('holdsOverlap', 'cannot be false yet: a waiting run keeps its overlap lock in this release');
  return true;
};
