import { formatQuantity } from "#web/components/format.ts";

/** A figure that stands for itself in a formula; not a date, a ratio or a name with digits in it. */
const FIGURE = /^([([]*)([-−]?\d+(?:\.\d+)?)([)\],;]*)$/;

/** The formula with its figures as this reader writes them: "15000 × 80 ÷ 100" becomes "15,000 × 80 ÷ 100". */
export const formatFormula = (formula: string): string =>
  formula
    .split(" ")
    .map((word) => {
      const [, before = "", figure, after = ""] = FIGURE.exec(word) ?? [];
      return figure === undefined ? word : before + formatQuantity(figure.replace("−", "-")) + after;
    })
    .join(" ");
