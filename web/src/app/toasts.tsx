import "@mantine/notifications/styles.layer.css";
import { Notifications, notifications } from "@mantine/notifications";
import { useEffect } from "react";

/** Short messages in a corner. They go when their reader signs out: the next one must find nothing of theirs. */
export function Toasts() {
  useEffect(() => notifications.clean, []);
  return <Notifications position="bottom-left" />;
}
