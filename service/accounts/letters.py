"""The one letter of ours that carries a password (`ACCESS_MODE=temporary_password`); Keycloak writes the others."""

from service.accounts.models import Account
from service.accounts.provisioning import PASSWORD_HOURS
from service.config import Settings
from service.mail.messages import Envelope, compose, subject_of
from service.mail.port import Letter

MESSAGE = "access_data_password"


def temporary_password_letter(account: Account, *, password: str, settings: Settings) -> Letter:
    """Write the access data with a password that must be replaced at the first sign-in."""
    to = Envelope(
        to=account.email,
        name=f"{account.first_name} {account.last_name}",
        locale=account.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )
    link = f"{settings.public_base_url}/accedi"
    return compose(MESSAGE, to, _facts(account.username, password=password, link=link))


def temporary_password_subject(locale: str, username: str = "f…-01") -> str:
    """Give the subject of that letter to an account that is still to be made."""
    return subject_of(MESSAGE, locale, _facts(username, password="", link=""))


def _facts(username: str, *, password: str, link: str) -> dict[str, object]:
    return {"username": username, "password": password, "hours": PASSWORD_HOURS, "link": link}
