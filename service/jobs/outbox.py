"""Put a letter into the job table, in the caller's transaction; the job carries ids only."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.jobs.queue import enqueue


def post(session: Session, message: str, about: UUID, *, suffix: str = "", **args: str) -> None:
    """Have `message` about this thing sent once; `suffix` tells repeats of the same message apart."""
    key = ":".join(part for part in ("mail", message, str(about), suffix) if part)
    enqueue(session, "mail.send", key, {"message": message, "about": str(about), **args})
