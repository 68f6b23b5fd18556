import { Skeleton } from "@mantine/core";

/** Rows of the final height, so that nothing moves when the figures arrive. */
export function PositionsSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading positions" style={{ padding: "12px 16px" }}>
      <Skeleton height={12} my={6} width="100%" />
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} style={{ height: 56, display: "flex", gap: 24, alignItems: "center" }}>
          <Skeleton height={14} width="22%" />
          <Skeleton height={14} style={{ flex: 1 }} />
          <Skeleton height={14} width="18%" />
        </div>
      ))}
    </div>
  );
}
