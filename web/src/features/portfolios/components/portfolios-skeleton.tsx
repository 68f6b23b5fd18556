import { Skeleton } from "@mantine/core";
import classes from "./portfolios.module.css";

export function PortfoliosSkeleton() {
  return (
    <div className={classes["grid"]} aria-busy="true" aria-label="Loading portfolios">
      {[0, 1, 2].map((index) => (
        <div key={index} className={classes["card"]}>
          <Skeleton height={20} width="50%" />
          <Skeleton height={12} width="30%" mt={8} />
          <Skeleton height={30} width="65%" mt={20} mb={16} />
          <Skeleton height={14} mt={10} />
          <Skeleton height={14} mt={10} />
          <Skeleton height={14} mt={10} />
        </div>
      ))}
    </div>
  );
}
