import { Ajv, type ErrorObject, type FormatDefinition } from "ajv";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import type { FieldProblem } from "#contracts/problem.ts";
import { Refusal } from "./errors.ts";

/*
 * Strict validation. Bodies are taken as they are: no type is coerced (the default would turn the number 0.1 + 0.2 into
 * the string "0.30000000000000004"), no unknown field is dropped in silence. Query and path parameters are always text,
 * so there whole numbers are read from it, in their one plain form.
 */

const ERRORS_SHOWN_MAX = 50;

/**
 * A body with more values than this is told its first fault only: 8 MB of empty rows have 16 million faults, and listing
 * them took 17 seconds and 1.9 GB. A full batch with every field in every row has 55,001 values.
 */
const VALUES_EXAMINED_MAX = 60_000;

const formats: Record<string, FormatDefinition<string>> = {
  uuid: { validate: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i },
  email: { validate: /^[^\s@"(),:;<>[\\\]\p{C}]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$/u },
  instant: { validate: isInstant },
  text: { validate: isStorableText },
};

// `verbose` brings the description of what was violated into the errors.
const options = { strict: false, verbose: true, formats };
const firstFaultAjv = new Ajv({ ...options, allErrors: false });
const allFaultsAjv = new Ajv({ ...options, allErrors: true });
const textAjv = new Ajv({ ...options, allErrors: true, useDefaults: true });

/** Compiles a route's schemas. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) =>
  httpPart === "body" ? bodyValidator(schema) : textValidator(schema);

function bodyValidator(schema: TSchema): (value: unknown) => { value: unknown } | { error: Refusal } {
  const isValid = firstFaultAjv.compile(schema);
  let findAll: ReturnType<typeof allFaultsAjv.compile> | undefined;
  return (value) => {
    if (isValid(value)) return { value };
    if (hasMoreValuesThan(VALUES_EXAMINED_MAX, value)) return refused(isValid.errors);
    findAll ??= allFaultsAjv.compile(schema);
    void findAll(value);
    return refused(findAll.errors);
  };
}

function textValidator(schema: TSchema): (value: unknown) => { value: unknown } | { error: Refusal } {
  const isValid = textAjv.compile(schema);
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  const numbers = Object.keys(properties).filter((name) => properties[name]?.type === "integer");
  return (value) => {
    readIntegers(value as Record<string, unknown>, numbers);
    return isValid(value) ? { value } : refused(isValid.errors);
  };
}

/** Checks a value that did not come as a body, such as a WebSocket message. */
export function compileCheck(schema: TSchema): (value: unknown) => boolean {
  const validate = firstFaultAjv.compile(schema);
  return (value) => validate(value);
}

const INTEGER = /^(0|-?[1-9]\d{0,14})$/;

function readIntegers(value: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const text = value[name];
    if (typeof text === "string" && INTEGER.test(text)) value[name] = Number(text);
  }
}

// With a list of its own, because a body can be nested deeper than the stack allows.
function hasMoreValuesThan(max: number, value: unknown): boolean {
  const ahead: unknown[] = [value];
  for (let count = 1; ahead.length > 0;) {
    const next = ahead.pop();
    if (next === null || typeof next !== "object") continue;
    const members: unknown[] = Array.isArray(next) ? next : Object.values(next);
    count += members.length;
    if (count > max) return true;
    ahead.push(...members);
  }
  return false;
}

function refused(errors: readonly ErrorObject[] | null | undefined): { error: Refusal } {
  return { error: new Refusal("invalid-request", undefined, fieldProblems(errors ?? [])) };
}

function fieldProblems(errors: readonly ErrorObject[]): FieldProblem[] {
  return errors
    .filter((error) => !isInsideUnion(error))
    .slice(0, ERRORS_SHOWN_MAX)
    .map((error) => ({
      path: error.instancePath + missingPart(error),
      code: error.keyword,
      message: messageOf(error),
    }));
}

/** Why each option of a union does not fit says less than that none of them does. */
function isInsideUnion(error: ErrorObject): boolean {
  return /\/anyOf\/\d+\//.test(error.schemaPath);
}

const NAME_SHOWN_MAX = 100;

function missingPart(error: ErrorObject): string {
  if (error.keyword === "required") return `/${String(error.params["missingProperty"])}`;
  if (error.keyword !== "additionalProperties") return "";
  const name = String(error.params["additionalProperty"]).slice(0, NAME_SHOWN_MAX);
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function messageOf(error: ErrorObject): string {
  const limit = String(error.params["limit"]);
  switch (error.keyword) {
    case "required":
      return "is missing";
    case "additionalProperties":
      return "is not a known field";
    case "pattern":
    case "format":
      return describeForm(error);
    case "anyOf":
      return `must be one of ${optionsOf(error).join(", ")}`;
    case "type":
      return `must be ${article(String(error.params["type"]))}`;
    case "minLength":
      return limit === "1" ? "must not be empty" : `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minItems":
      return limit === "1" ? "must not be empty" : `must have at least ${limit} items`;
    case "maxItems":
      return `must have at most ${limit} items`;
    default:
      return error.message ?? "is not valid";
  }
}

function describeForm(error: ErrorObject): string {
  switch (error.params["format"]) {
    case "email":
      return "must be an e-mail address";
    case "uuid":
      return "must be a UUID";
    case "text":
      return "must not contain NUL or broken Unicode";
    case "instant":
      return "must be an ISO 8601 instant with offset, between 1900 and 2200, at most milliseconds";
    default: {
      const { description } = error.parentSchema as { description?: string };
      return description === undefined ? "has the wrong form" : `must be: ${description}`;
    }
  }
}

function optionsOf(error: ErrorObject): string[] {
  return (error.schema as { const?: unknown }[]).map((option) => String(option.const));
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(:(\d{2})(\.\d{1,3})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1) - 1;

/** Whether a text is an instant whose calendar date and time of day exist, from 1900 to 2199 in UTC. */
export function isInstant(text: string): boolean {
  const match = INSTANT.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || Number(match[7] ?? 0) > 59) return false;
  // Of the instant and not of the text: we write instants in UTC, and what we write has to be readable again.
  const at = Date.parse(text);
  return at >= EARLIEST && at <= LATEST;
}

/** PostgreSQL refuses NUL, and stores a lone surrogate as another character without a word. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
