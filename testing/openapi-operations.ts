import type { App } from "#api/app.ts";

/** The part of JSON Schema that our routes use. */
export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

export interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly schema: JsonSchema;
}

/** One operation of the API as its live description tells it. */
export interface Operation {
  /** For names of tests: method and path. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly isSecured: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | undefined;
}

interface Described {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly (Parameter & {
    readonly description?: string;
    readonly example?: unknown;
  })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, DescribedBody>> };
}

interface DescribedBody {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** Every operation that the running server describes, so that a new route is tested without being listed here. */
export async function readOperations(app: App): Promise<Operation[]> {
  const answer = await app.inject("/api/openapi.json");
  const { paths } = answer.json<{ paths: Record<string, Record<string, Described>> }>();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Operation["method"],
      path,
      isSecured: (described.security ?? []).length > 0,
      parameters: (described.parameters ?? []).map(({ schema, description, example, ...parameter }) => ({
        ...parameter,
        // OpenAPI tells these two of the parameter, and not of its schema.
        schema: {
          ...schema,
          ...(description === undefined ? {} : { description }),
          ...(example === undefined ? {} : { examples: [example] }),
        },
      })),
      body: bodyOf(described.requestBody?.content["application/json"]),
    })),
  );
}

/** OpenAPI tells the examples of a body beside its schema. */
function bodyOf(body: DescribedBody | undefined): JsonSchema | undefined {
  if (body === undefined) return undefined;
  const { schema, example, examples = {} } = body;
  const told = example === undefined ? Object.values(examples).map(({ value }) => value) : [example];
  return told.length === 0 ? schema : { ...schema, examples: told };
}

/** The operation's URL with its path parameters filled in. Errors: throws when a value is missing. */
export function urlOf(operation: Operation, values: Readonly<Record<string, string>>): string {
  return operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${operation.name}: no value for ${name}`);
    return encodeURIComponent(value);
  });
}
