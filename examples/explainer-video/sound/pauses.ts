/** Silence of the voice-over, in seconds. The storyboard plans with it, and the voice keeps it. */
export const BEFORE_SCENE = 0.6;
export const BETWEEN_SENTENCES = 0.35;
export const AFTER_SCENE = 0.7;
/** After the last scene. */
export const AT_END = 1;
