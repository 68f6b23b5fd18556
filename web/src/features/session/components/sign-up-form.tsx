import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { explain, fieldErrors } from "#web/http/problem-error.ts";
import { signUp } from "../api/sign-in.ts";
import { checkEmail, checkPassword, checkUsername } from "./account-rules.ts";

const FIELDS = ["email", "username", "password"] as const;

export function SignUpForm() {
  const form = useForm({
    initialValues: { email: "", username: "", password: "" },
    validate: { email: checkEmail, username: checkUsername, password: checkPassword },
    validateInputOnBlur: true,
  });
  const attempt = useMutation({
    mutationFn: signUp,
    onError: (error) => form.setErrors(fieldErrors(error, FIELDS)),
  });
  const submit = form.onSubmit(({ email, username, password }) =>
    attempt.mutate({ email: email.trim(), username: username.trim(), password }),
  );
  const unplaced = attempt.isError && Object.keys(fieldErrors(attempt.error, FIELDS)).length === 0;

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {unplaced ? (
          <Alert color="red" role="alert">
            {explain(attempt.error)}
          </Alert>
        ) : null}
        <TextInput
          label="E-mail"
          type="email"
          name="email"
          autoComplete="email"
          autoFocus
          {...form.getInputProps("email")}
        />
        <TextInput
          label="Username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps("username")}
        />
        <PasswordInput
          label="Password"
          description="At least 8 characters; longer is better than complicated."
          name="password"
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={attempt.isPending} fullWidth>
          Create account
        </Button>
      </Stack>
    </form>
  );
}
