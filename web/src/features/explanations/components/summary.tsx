import classes from "./explanations.module.css";

/** The answer in a few sentences, before any arithmetic. */
export function Summary({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <div className={classes["summary"]}>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}
