import classes from "./shell.module.css";

/** The mark, three lots of growing size, and the name. */
export function Brand() {
  return (
    <span className={classes["brand"]}>
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" fill="var(--mantine-primary-color-filled)" />
        <rect x="7" y="17" width="5" height="8" rx="1.5" fill="#fff" fillOpacity=".55" />
        <rect x="13.5" y="12" width="5" height="13" rx="1.5" fill="#fff" fillOpacity=".8" />
        <rect x="20" y="7" width="5" height="18" rx="1.5" fill="#fff" />
      </svg>
      Lotwise
    </span>
  );
}
