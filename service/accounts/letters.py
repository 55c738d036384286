"""The one letter of ours that carries a password (`ACCESS_MODE=temporary_password`); Keycloak writes the others."""

from service.accounts.models import Account
from service.accounts.provisioning import PASSWORD_HOURS
from service.config import Settings
from service.mail.messages import Envelope, compose
from service.mail.port import Letter


def temporary_password_letter(account: Account, *, password: str, settings: Settings) -> Letter:
    """Write the access data with a password that must be replaced at the first sign-in."""
    to = Envelope(
        to=account.email,
        name=f"{account.first_name} {account.last_name}",
        locale=account.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )
    return compose("access_data_password", to, {
        "username": account.username, "password": password, "hours": PASSWORD_HOURS,
        "link": f"{settings.public_base_url}/accedi",
    })  # fmt: skip
