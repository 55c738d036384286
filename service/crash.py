"""Named places where a test may pull the plug: `CRASH_AT=<name>` kills the process there, as `kill -9` does."""

import os
import signal

POINTS = (
    "approve.before_enqueue", "approve.after_enqueue", "approve.before_commit", "approve.after_commit",
    "job.claimed",
    "account.before_create", "account.after_create",
    "account.before_checkpoint", "account.after_checkpoint",
    "verify.before_checkpoint", "verify.after_checkpoint",
    "access_mail.before_send", "access_mail.after_send",
    "access_mail.before_checkpoint", "access_mail.after_checkpoint",
)  # fmt: skip

# of letting an account in or shutting it out: swept by a test of its own
SWITCH_POINTS = (
    "switch.before_effect", "switch.disabled", "switch.after_effect", "switch.after_checkpoint",
)  # fmt: skip

EMAIL_POINTS = ("email.before_effect", "email.changed", "email.after_effect", "email.after_checkpoint")

# of a person who was at Keycloak before the account: seen, then taken over
LINK_POINTS = (
    "stranger.noted", "link.before_effect", "link.after_effect",
    "account.before_checkpoint", "account.after_checkpoint",
)  # fmt: skip

# of a person who acts for one company more or less
SYNC_POINTS = ("sync.before_effect", "sync.after_effect", "sync.after_checkpoint")


def crash_point(name: str) -> None:
    """Die here when the environment asks for it."""
    if os.environ.get("CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
