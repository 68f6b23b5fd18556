import { Type, type Static } from "typebox";

/** One fault of a request, at the place that it concerns. */
export const FieldProblem = Type.Object({
  path: Type.String({ description: "JSON pointer into the request, for example /transactions/3/quantity" }),
  code: Type.String(),
  message: Type.String(),
});
export type FieldProblem = Static<typeof FieldProblem>;

/** Every error body. Source: RFC 9457 (problem details), with a stable `code` and the faults field by field. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    errors: Type.Optional(Type.Array(FieldProblem)),
  },
  { $id: "Problem" },
);
export type Problem = Static<typeof Problem>;
