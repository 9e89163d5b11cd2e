/** Style of inputs on every screen. */
export const FIELD_LOOK = 'min-h-8 rounded-md border border-line bg-canvas px-2 py-1 text-ink';
