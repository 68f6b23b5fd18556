import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { explain, ProblemError } from "#web/http/problem-error.ts";
import { signIn } from "../api/sign-in.ts";
import { DemoHint } from "./demo-hint.tsx";

/** Keeps what was typed when the sign-in fails; password managers find the fields by their names. */
export function SignInForm() {
  const form = useForm({
    initialValues: { login: "", password: "" },
    validate: {
      login: (login) => (login.trim() === "" ? "Enter your e-mail address or username." : null),
      password: (password) => (password === "" ? "Enter your password." : null),
    },
  });
  const attempt = useMutation({ mutationFn: signIn });

  return (
    <form
      onSubmit={form.onSubmit(({ login, password }) => attempt.mutate({ login: login.trim(), password }))}
      noValidate
    >
      <Stack gap="md">
        {attempt.isError ? (
          <Alert color="red" role="alert">
            {whyRefused(attempt.error)}
          </Alert>
        ) : null}
        <TextInput
          label="E-mail or username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          {...form.getInputProps("login")}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={attempt.isPending} fullWidth>
          Sign in
        </Button>
        <DemoHint onUse={(demo) => attempt.mutate(demo)} />
      </Stack>
    </form>
  );
}

function whyRefused(error: unknown): string {
  if (error instanceof ProblemError && error.status === 401) {
    return "This e-mail address or username and password do not belong together. Check both and try again.";
  }
  return explain(error);
}
