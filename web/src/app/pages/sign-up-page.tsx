import { Anchor } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { SignUpForm } from "#web/features/session/components/sign-up-form.tsx";
import { useTitle } from "../use-title.ts";
import { AuthFrame } from "./auth-frame.tsx";

export function SignUpPage() {
  useTitle("Create an account");
  const { search } = useLocation();
  return (
    <AuthFrame
      title="Create an account"
      footer={
        <>
          Already have one?{" "}
          <Anchor component={Link} to={`/sign-in${search}`} size="sm" underline="always">
            Sign in
          </Anchor>
        </>
      }
    >
      <SignUpForm />
    </AuthFrame>
  );
}
