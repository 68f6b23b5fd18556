import { Anchor } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { SignInForm } from "#web/features/session/components/sign-in-form.tsx";
import { useTitle } from "../use-title.ts";
import { AuthFrame } from "./auth-frame.tsx";

/** After the sign-in the guard above this page leads on: to the return path, or to the portfolios. */
export function SignInPage() {
  useTitle("Sign in");
  const { search } = useLocation();
  return (
    <AuthFrame
      title="Sign in"
      footer={
        <>
          New here?{" "}
          <Anchor component={Link} to={`/sign-up${search}`} size="sm" underline="always">
            Create an account
          </Anchor>
        </>
      }
    >
      <SignInForm />
    </AuthFrame>
  );
}
