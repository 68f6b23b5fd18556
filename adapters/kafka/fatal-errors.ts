/** Errors of kafkajs itself: the broker lacks a request that we need, or does not know us. */
const FATAL_NAMES = new Set([
  "KafkaJSServerDoesNotSupportApiKey",
  "KafkaJSSASLAuthenticationError",
  "KafkaJSNotImplemented",
]);

/** Answers of the broker. Source: Kafka protocol guide, error codes. */
const FATAL_TYPES =
  /^UNSUPPORTED_|AUTHORIZATION_FAILED$|AUTHENTICATION_FAILED$|^INVALID_(?:GROUP_ID|SESSION_TIMEOUT|TOPIC_EXCEPTION|REPLICATION_FACTOR|CONFIG)$|^INCONSISTENT_GROUP_PROTOCOL$|^POLICY_VIOLATION$/;

/**
 * Whether an error stays, however often it is tried: what we are configured for, may do, or speak.
 *
 * kafkajs' own mark, `retriable`, does not tell: it is false for a coordinator that is still starting, for a generation
 * that is over and for a member that the group has forgotten, all of which a new consumer cures.
 */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const type = "type" in error && typeof error.type === "string" ? error.type : "";
  return FATAL_NAMES.has(error.name) || FATAL_TYPES.test(type) || isFatal(error.cause);
}
