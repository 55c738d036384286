"""Settings, read once at start from the environment and `*_FILE` secrets; a wrong one names itself and ends it."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "PROACTIVE_"
KEYCLOAK_FLOOR = (26, 7, 4)


def _origin(value: str) -> str:
    """Accept an absolute http(s) address without path, query or trailing slash."""
    if not value.startswith(("http://", "https://")) or value.count("/") != 2:  # noqa: PLR2004
        message = "serve un indirizzo come https://fornitori.example.com, senza barra finale"
        raise ValueError(message)
    return value


def _strong(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 24:  # noqa: PLR2004
        message = "servono almeno 24 caratteri"
        raise ValueError(message)
    return value


def _place(value: str) -> str:
    """Accept an absolute folder or a bucket."""
    if not re.fullmatch(r"file:///[^?#]+|s3://[a-z0-9.-]{3,63}(/[A-Za-z0-9/._-]*)?", value):
        message = "serve una cartella come file:///var/lib/proactive/files, oppure s3://bucket/prefisso"
        raise ValueError(message)
    return value


def _mail_folder(value: str) -> str:
    if not re.fullmatch(r"[ -~]{0,200}", value) or set(value) & set('"\\&'):
        message = "serve il nome di una cartella senza accenti, virgolette, barre rovesce o &"
        raise ValueError(message)
    return value


MailFolder = Annotated[str, AfterValidator(_mail_folder)]
Origin = Annotated[str, AfterValidator(_origin)]
FilesUrl = Annotated[str, AfterValidator(_place)]
Secret = Annotated[SecretStr, AfterValidator(_strong)]


class Settings(BaseSettings):
    """Everything that differs between two installations. Names are the variables' without `PROACTIVE_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    # where the portal answers and what it talks to
    public_base_url: Origin
    database_url: SecretStr
    owner_database_url: SecretStr | None = Field(
        None, description="of the role that owns the tables, for proactive migrate; default database_url"
    )
    keycloak_url: Origin = Field(description="as the browser sees it; the issuer is {keycloak_url}/realms/{realm}")
    keycloak_internal_url: Origin | None = Field(None, description="as the service reaches it; default keycloak_url")
    realm: str = "icri"
    allowed_hosts: str = Field("", description="further Host names accepted, comma separated (health checks)")

    # secrets
    secret_key: Secret
    audit_key: Secret
    web_client_secret: Secret
    provisioner_client_secret: Secret
    observer_client_secret: Secret

    # mail
    smtp_host: str
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "proactive@icrimpianti.com"
    mail_reply_to: str = "fornitori@icrimpianti.com"
    staff_mailbox: str = Field("fornitori@icrimpianti.com", description="where staff notices go")

    # letters that come back
    bounce_address: str = Field("", description="where undeliverable letters are returned to; empty: mail_from")
    imap_host: str = Field("", description="the mail server with the mailbox of bounces; empty: none is read")
    imap_port: int = Field(993, ge=1, le=65535)
    imap_security: Literal["none", "starttls", "tls"] = "tls"
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: MailFolder = "INBOX"
    imap_done_folder: MailFolder = Field(
        "", description="read reports are moved there; empty: they stay, marked as read"
    )

    # what suppliers read
    support_email: str = "fornitori@icrimpianti.com"
    support_phone: str = ""
    icri_sdi_code: str = ""

    # how access is given
    access_mode: Literal["link", "temporary_password"] = "link"
    access_link_hours: int = Field(72, ge=1, le=720)
    access_reminder_days: int = Field(7, ge=1, description="without a sign of the person, before one reminder leaves")
    four_eyes: bool = Field(False, description="who decides is another person than who proposed or invited")

    # times, in days unless named otherwise (domain.md section 15)
    invitation_days: int = Field(30, ge=1)
    draft_days: int = Field(30, ge=1)
    unconfirmed_draft_hours: int = Field(48, ge=1)
    link_hours: int = Field(24, ge=1)
    decision_days: int = Field(30, ge=1)
    take_charge_days: int = Field(5, ge=1)
    information_days: int = Field(10, ge=1, description="given for corrections, and once more when extended")
    information_reminder_days: int = Field(3, ge=1, description="before the deadline of corrections")
    draft_reminder_days: int = Field(5, ge=1, description="before a draft is deleted")
    qualification_months: int = Field(36, ge=1)
    reapply_days: int = Field(180, ge=0)
    objection_days: int = Field(10, ge=0)
    erase_months: int = Field(12, ge=1)
    invitation_erase_months: int = Field(6, ge=1, description="after its end, when it was not used")
    identity_copy_months: int = Field(6, ge=1, description="copies of identity documents, after the decision")
    replaced_version_months: int = Field(24, ge=1, description="documents replaced by a newer version")

    review_days: int = Field(10, ge=1, description="working days after which a taken application is free again")
    invitation_reminder_days: int = Field(7, ge=1, description="before an invitation ends")
    block_months: int = Field(24, ge=1, description="after a revocation, before the company may apply again")
    exclusion_months: int = Field(24, ge=1, le=24, description="until an entry of the excluded list is looked at again")
    sign_in_again_minutes: int = Field(15, ge=1, description="a sign-in older than this is renewed before great acts")
    bulk_delay_seconds: int = Field(60, ge=0, le=600, description="in which an act on many can be taken back")
    bulk_most: int = Field(1000, ge=1, le=5000, description="applications in one act")
    export_hours: int = Field(24, ge=1, description="how long a prepared export is kept")

    # limits (security.md T01, T02)
    mails_per_address_6h: int = Field(3, ge=1)
    mails_per_address_day: int = Field(5, ge=1)
    mails_per_application_day: int = Field(15, ge=1, description="all kinds, about one application")
    mails_by_outsiders_hour: int = Field(500, ge=1, description="of the whole portal: a relay for nobody")
    drafts_per_network_hour: int = Field(30, ge=1)
    drafts_hour: int = Field(600, ge=1, description="of the whole portal")
    drafts_without_script_hour: int = Field(
        5, ge=1, description="of one network, in place of a proof of work, while that is asked"
    )
    proof_of_work: Literal["auto", "always", "never"] = Field(
        "auto", description="auto: from proof_of_work_drafts_hour drafts in an hour on"
    )
    proof_of_work_drafts_hour: int = Field(60, ge=0)
    submissions_per_company_day: int = Field(5, ge=1, description="with the same codice fiscale or foreign number")
    link_requests_per_network_hour: int = Field(60, ge=1)
    sign_ins_per_network_hour: int = Field(600, ge=1, description="begun, by whoever it is")
    form_seconds: float = Field(3, ge=0, le=60, description="nobody fills in the first form faster; 0 in tests")
    max_form_bytes: int = Field(256 * 1024, ge=4096)
    body_seconds: float = Field(30, gt=0, description="a form must be here by then; files as long as they come on")

    # files (domain.md section 8, security.md T06-T09)
    files_url: FilesUrl = Field("file:///var/lib/proactive/files", description="a folder, or s3://bucket/prefix")
    files_s3_endpoint: str = Field("", description="address of an S3-compatible store that is not Amazon's")
    files_s3_region: str = "eu-south-1"
    files_s3_access_key: str = ""
    files_s3_secret_key: SecretStr = SecretStr("")
    file_bytes: int = Field(10 * 1024 * 1024, ge=1024, description="largest file, in bytes")
    files_per_upload: int = Field(5, ge=1, le=30, description="files in one form")
    files_per_application: int = Field(30, ge=1)
    application_bytes: int = Field(
        100 * 1024 * 1024, ge=1024, description="all files of one application together, in bytes"
    )
    free_bytes: int = Field(
        512 * 1024 * 1024, ge=0, description="bytes to be left on the disk, or uploads are answered 507"
    )
    inspection_memory_bytes: int = Field(
        512 * 1024 * 1024, ge=64 * 1024 * 1024, description="memory of the process that opens a received file, in bytes"
    )
    inspection_cpu_seconds: int = Field(5, ge=1, le=60, description="its processor time, in seconds")
    preview_pages: int = Field(20, ge=1, le=200, description="pages of one file that are drawn for the preview")
    clamav_socket: str = Field("", description="ClamAV's socket: a path, or host:port; empty: files are not scanned")
    signed_declaration_required: bool = True
    document_reminder_days: str = Field(
        "60,30,15,7,0", description="when to remind, in days before the expiry of a document"
    )
    expiring_window_days: int = Field(60, ge=1)
    suspension_grace_days: int = Field(15, ge=0, le=15)

    # durable work (durability.md)
    worker_threads: int = Field(8, ge=1, le=32)
    lease_seconds: float = Field(90, gt=0)
    keycloak_timeout_seconds: float = Field(10, gt=0)
    mail_timeout_seconds: float = Field(30, gt=0)
    poll_seconds: float = Field(1, gt=0)
    backoff_base_seconds: float = Field(1, gt=0)

    # operation
    audit_head_path: str = Field("", description="file that the head of the audit trail is written to; empty: none")
    metrics_host: str = Field("127.0.0.1", description="the address that /metrics listens on; 0.0.0.0 in a container")
    web_metrics_port: int = Field(0, ge=0, le=65535, description="port of /metrics beside the web server; 0: none")
    worker_metrics_port: int = Field(0, ge=0, le=65535, description="port of /metrics beside the worker; 0: none")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    database_pool_size: int = Field(5, ge=1)
    web_host: str = Field("127.0.0.1", description="the address the web server listens on; 0.0.0.0 in a container")
    web_port: int = Field(8000, ge=1, le=65535)
    web_processes: int = Field(1, ge=1, le=64)
    web_connections: int = Field(500, ge=16, description="open at once in one process; one more is answered 503")
    forwarded_allow_ips: str = Field("", description="proxies whose X-Forwarded-* we believe, comma separated; none")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: object, **__: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `load_settings` hands over: it has read the environment and the secret files."""
        del settings_cls
        return (init_settings,)

    @model_validator(mode="after")
    def _lease_outlives_the_calls(self) -> Self:
        # A try begins with a token, a question or a search, then comes the call that counts (worker.tasks).
        longest = 3 * self.keycloak_timeout_seconds + self.mail_timeout_seconds
        if longest >= self.lease_seconds:
            message = "lease_seconds deve superare mail_timeout_seconds più tre volte keycloak_timeout_seconds"
            raise ValueError(message)
        return self

    @property
    def issuer(self) -> str:
        """The `iss` of every token we accept."""
        return f"{self.keycloak_url}/realms/{self.realm}"

    @property
    def keycloak_server(self) -> str:
        """Where the service itself reaches Keycloak."""
        return self.keycloak_internal_url or self.keycloak_url

    @property
    def files_folder(self) -> Path | None:
        """The folder of the files; None when they are in a bucket."""
        url = urlsplit(self.files_url)
        return Path(unquote(url.path)) if url.scheme == "file" else None

    @property
    def file_job_seconds(self) -> float:
        """The longest that one file may take of a job, well within its lease."""
        return min(30.0, self.lease_seconds / 3)


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it."""


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings; `PROACTIVE_X_FILE` names a file that holds the value of `PROACTIVE_X`.

    Raises: SettingsError, one line a setting, naming the variable.
    """
    given = {k: v for k, v in (os.environ if environ is None else environ).items() if k.startswith(PREFIX)}
    values: dict[str, str] = {}
    for name, value in given.items():
        if name.endswith("_FILE"):
            try:
                values[name.removesuffix("_FILE")] = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                message = f"{name}: il file {value} non si legge ({error.strerror})"
                raise SettingsError(message) from error
        else:
            values.setdefault(name, value)
    try:
        return Settings(**{k.removeprefix(PREFIX).lower(): v for k, v in values.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(_problem(problem) for problem in error.errors())) from None


def _problem(problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101
    name = PREFIX + str(problem["loc"][0]).upper() if problem["loc"] else "Impostazioni"
    said = {"missing": "manca", "extra_forbidden": "non esiste"}.get(str(problem["type"]), str(problem["msg"]))
    return f"{name}: {said}"
