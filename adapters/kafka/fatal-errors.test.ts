import { describe, expect, test } from "vitest";
import { isFatal } from "./fatal-errors.ts";

const named = (name: string) => Object.assign(new Error("of kafkajs"), { name, retriable: false });
const answered = (type: string) =>
  Object.assign(new Error("of the broker"), { name: "KafkaJSProtocolError", type, retriable: false });

describe("isFatal", () => {
  test.each([
    ["the broker is too old", named("KafkaJSServerDoesNotSupportApiKey")],
    ["wrong password", named("KafkaJSSASLAuthenticationError")],
    ["not allowed to read the topic", answered("TOPIC_AUTHORIZATION_FAILED")],
    ["not allowed to join the group", answered("GROUP_AUTHORIZATION_FAILED")],
    ["not allowed to make the topic", answered("CLUSTER_AUTHORIZATION_FAILED")],
    ["a version that the broker does not speak", answered("UNSUPPORTED_VERSION")],
    ["a name that no group can have", answered("INVALID_GROUP_ID")],
    ["after all retries", new Error("retried", { cause: answered("TOPIC_AUTHORIZATION_FAILED") })],
  ])("is true: %s", (_name, error) => {
    expect(isFatal(error)).toBe(true);
  });

  // kafkajs marks every one of these as not worth a retry; each ended a matcher that a new consumer would have cured.
  test.each([
    ["a broker that has just started", named("KafkaJSGroupCoordinatorNotFound")],
    ["a broker that is away", named("KafkaJSNumberOfRetriesExceeded")],
    ["a lock within kafkajs", named("KafkaJSLockTimeout")],
    ["a rebalance", answered("REBALANCE_IN_PROGRESS")],
    ["a generation that is over", answered("ILLEGAL_GENERATION")],
    ["a group that has forgotten us", answered("UNKNOWN_MEMBER_ID")],
    ["an offset that is not there", answered("OFFSET_OUT_OF_RANGE")],
    ["a broker that is going away", answered("BROKER_NOT_AVAILABLE")],
    ["a full group", answered("GROUP_MAX_SIZE_REACHED")],
    ["the network", Object.assign(new Error("x"), { code: "ECONNREFUSED" })],
    ["a bug", new TypeError("x is undefined")],
    ["nothing", undefined],
  ])("is false: %s", (_name, error) => {
    expect(isFatal(error)).toBe(false);
  });
});
