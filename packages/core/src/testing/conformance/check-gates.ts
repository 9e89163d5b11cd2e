import { dataOf, isTerminalStage, type RunEvent, stageStateAfter } from '../../domain/index.ts';

/**
 * S19: a gate is decided once, while it is the open one of its stage, and what a gate holds goes on only by its
 * approval. S20: none is left pending when its stage or its run has ended.
 */
export const checkGates = (events: readonly RunEvent[]): readonly string[] => {
  const open = new Map<string, string>();
  const held = new Set<string>();
  return events.flatMap((event) => {
    const problems: string[] = [];
    const say = (problem: string): void => void problems.push(`#${event.seq} ${event.stage} ${problem}`);
    const opened = dataOf(event, 'gate.opened');
    const decided = dataOf(event, 'gate.decided');
    if (opened) {
      if (open.has(event.stage)) say('S19 opens a gate while another is open');
      open.set(event.stage, opened.gate);
      held.add(event.stage);
    }
    if (decided) {
      if (open.get(event.stage) !== decided.gate) say(`S19 decides ${decided.gate}, which is not open`);
      open.delete(event.stage);
      if (decided.status !== 'rejected') held.delete(event.stage);
    }
    if (event.type === 'stage.reopened') {
      if (open.has(event.stage)) say('S19 runs again while its gate is open');
      held.delete(event.stage);
    }
    const to = stageStateAfter(event.type);
    if (to && to !== 'awaiting_gate' && to !== 'cancelled' && held.has(event.stage)) say('S19 goes on past its gate');
    if (to && isTerminalStage(to) && open.has(event.stage)) say('S20 ends with a gate that is pending');
    return problems;
  });
};
