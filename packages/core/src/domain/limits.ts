/** Hard limits; input beyond one is refused with the limit's name. All sizes are bytes of UTF-8, all times ms. */
export const LIMITS = {
  definition_bytes: 1024 * 1024,
  stages: 10_000,
  /** Levels of lists and objects that JSON and YAML may nest. */
  json_depth: 100,
  /** A regular expression of a schema, as written. */
  pattern_bytes: 1_000,
  /** Steps that a regular expression compiles to; counted repetitions are written out. */
  pattern_size: 2_000,
  /** Steps of all the different regular expressions of one definition. */
  patterns_size: 50_000,
  /** Characters of a text whose "format" is checked (base64 and JWT: any number). */
  format_characters: 2_048,
  /**
   * Steps of checking one value against its schema, and of all values that a definition holds; a regular expression takes its size for each
   * character of the text.
   */
  check_steps: 4_000_000,
  /** Parts of a YAML file: names, values, marks, blanks, line ends and comments. A definition of 10,000 stages has 280,000. */
  yaml_tokens: 300_000,
  params_bytes: 64 * 1024,
  output_bytes: 256 * 1024,
  event_bytes: 16 * 1024,
  log_line_bytes: 16 * 1024,
  /** Log of one attempt; what comes after is counted, not kept. */
  attempt_log_bytes: 10 * 1024 * 1024,
  labels: 32,
  label_bytes: 256,
  reason_bytes: 1024,
  idempotency_key_bytes: 255,
  /** The request line and the headers. */
  header_bytes: 16 * 1024,
  /** From the first byte of a connection or request to the end of its headers, and to its own end; then it is a 408 and the connection closed. */
  request_headers_ms: 15_000,
  request_ms: 30_000,
  /** Requests of one connection that may wait for their answers; one more closes it. */
  pipelined_requests: 10,
  /** A connection whose client takes nothing of what waits for it for so long is closed. */
  stalled_answer_ms: 30_000,
  /** What may wait in one API process for clients that take nothing; beyond, those with the most are closed at once. */
  waiting_answers_bytes: 256 * 1024 * 1024,
  /** Stages that one script may queue, skip or cancel before it leaves the rest to the expander; Redis holds everybody up meanwhile. */
  jobs_per_script: 100,
} as const;
export type LimitName = keyof typeof LIMITS;
