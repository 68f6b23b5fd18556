import { Button, Stack, Title } from "@mantine/core";
import { IconChevronLeft } from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";

interface ExplanationViewProps {
  readonly title: string;
  /** Where the way back leads; without one there is none. */
  readonly back?: string;
  readonly onBack?: () => void;
  readonly children: ReactNode;
}

/**
 * An explanation inside a drawer. Its heading takes the focus, so that keyboard and screen reader start at its top, unless
 * something in it was asked for by name and has it already.
 */
export function ExplanationView({ title, back, onBack, children }: ExplanationViewProps) {
  const view = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (view.current?.contains(document.activeElement) !== true) heading.current?.focus();
  }, []);
  return (
    <Stack gap="md" component="section" aria-label={title} ref={view}>
      <div>
        {back === undefined ? null : (
          <Button
            variant="subtle"
            size="compact-sm"
            ml={-8}
            mb={4}
            leftSection={<IconChevronLeft size={16} aria-hidden />}
            onClick={onBack}
          >
            Back to {back}
          </Button>
        )}
        <Title ref={heading} order={2} tabIndex={-1} data-autofocus style={{ outline: "none" }}>
          {title}
        </Title>
      </div>
      {children}
    </Stack>
  );
}
