import { createContext, type KeyboardEvent } from 'react';

/** Actions of the graph's buttons. */
export interface NodeActions {
  open(stage: string): void;
  pressed(stage: string, event: KeyboardEvent): void;
  focused(stage: string, button: HTMLElement): void;
}
export const NodeActions = createContext<NodeActions>({ open: () => {}, pressed: () => {}, focused: () => {} });
