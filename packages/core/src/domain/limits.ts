/** Hard limits; input beyond one is refused with the limit's name. Sizes are bytes of UTF-8, times ms. */
export const LIMITS = {
  definition_bytes: 1024 * 1024,
  stages: 10_000,
  /** Nesting depth of lists and objects in JSON and YAML. */
  json_depth: 100,
  /** A regular expression of a schema, as written. */
  pattern_bytes: 1_000,
  /** Steps that a regular expression compiles to; counted repetitions are expanded. */
  pattern_size: 2_000,
  /** Steps of all distinct regular expressions in one definition. */
  patterns_size: 50_000,
  /** Characters of a text whose "format" is checked (base64 and JWT: any number). */
  format_characters: 2_048,
  /**
   * Steps to check one value against its schema, or all values in a definition. A regular expression costs its size per
   * character of the text.
   */
  check_steps: 4_000_000,
  /**
   * Parts of a YAML file: names, values, marks, blanks, line ends and comments. A definition of 10,000 stages has
   * 280,000.
   */
  yaml_tokens: 300_000,
  params_bytes: 64 * 1024,
  output_bytes: 256 * 1024,
  /** JSON that an attempt keeps for the next one. */
  checkpoint_bytes: 64 * 1024,
  event_bytes: 16 * 1024,
  log_line_bytes: 16 * 1024,
  /** Log of one attempt; output beyond it is counted, not kept. */
  attempt_log_bytes: 10 * 1024 * 1024,
  labels: 32,
  label_bytes: 256,
  reason_bytes: 1024,
  /** Notes of a decision or vote at a gate; and the values of its form, as JSON. */
  gate_notes_bytes: 8 * 1024,
  gate_values_bytes: 64 * 1024,
  /** Decisions at gates in one request. */
  gate_decisions: 100,
  idempotency_key_bytes: 255,
  /** Named tokens of a deployment: each API process holds all of them. */
  tokens: 1_000,
  /** The request line and the headers. */
  header_bytes: 16 * 1024,
  /**
   * From the first byte of a connection or request to the end of its headers, and of its body; past it, a 408 and the
   * connection is closed.
   */
  request_headers_ms: 15_000,
  request_ms: 30_000,
  /** Requests of one connection that may wait for their answers; one more closes it. */
  pipelined_requests: 10,
  /** How long a client may read nothing while data waits for it; then its connection is closed. */
  stalled_answer_ms: 30_000,
  /**
   * Unread data that one API process buffers for its clients; past it, the connections with the most are closed at
   * once.
   */
  waiting_answers_bytes: 256 * 1024 * 1024,
  /**
   * Stages that one script queues, skips or cancels before it leaves the rest to the expander: a script blocks Redis
   * for all clients.
   */
  jobs_per_script: 100,
} as const;
export type LimitName = keyof typeof LIMITS;
