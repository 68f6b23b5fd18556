import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Brand } from "../brand.tsx";
import classes from "../shell.module.css";

/** The frame around sign-in and sign-up. */
export function AuthFrame({
  title,
  children,
  footer,
}: {
  title: string;
  children: ReactNode;
  footer: ReactNode;
}) {
  return (
    <main className={classes["auth"]}>
      <div className={classes["authCard"]}>
        <Brand />
        <Title order={1} mt="xl" mb="lg">
          {title}
        </Title>
        {children}
        <Text size="sm" c="dimmed" ta="center" mt="lg">
          {footer}
        </Text>
      </div>
    </main>
  );
}
