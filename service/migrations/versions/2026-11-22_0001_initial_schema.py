"""Initial schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Nothing that was recorded changes: neither by a mistake of ours nor by injected SQL (security.md T29).
APPEND_ONLY = """
create function audit_event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_event is append-only';
end $$;
create trigger audit_event_append_only before update or delete on audit_event
  for each row execute function audit_event_is_append_only();
create trigger audit_event_no_truncate before truncate on audit_event
  for each statement execute function audit_event_is_append_only();
"""


def upgrade() -> None:
    """Apply."""
    op.execute("create extension if not exists pg_trgm")
    op.execute("create sequence application_number")
    op.execute("create sequence supplier_number")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "active",
                "failed",
                "suspended",
                "revoked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("access_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("access_sends", sa.Integer(), nullable=False),
        sa.Column("temporary_password_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__account")),
        sa.UniqueConstraint("subject", name=op.f("uq__account__subject")),
        sa.UniqueConstraint("username", name=op.f("uq__account__username")),
    )
    op.create_index("ix__account__email", "account", [sa.literal_column("lower(email)")], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("by_subject", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__audit_event")),
    )
    op.create_index("ix__audit_event__subject", "audit_event", ["subject_id", "id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "sent",
                "opened",
                "used",
                "expired",
                "revoked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("company_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_subject", sa.String(), nullable=False),
        sa.Column("created_by_name", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__invitation")),
        sa.UniqueConstraint("sequence", name=op.f("uq__invitation__sequence")),
    )
    op.create_index(
        "uq__invitation__open_email",
        "invitation",
        [sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("state in ('created', 'sent', 'opened')"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "ready",
                "done",
                "stuck",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="ready",
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), server_default=sa.text("'epoch'"), nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__job")),
        sa.UniqueConstraint("key", name=op.f("uq__job__key")),
    )
    op.create_index(
        "ix__job__due", "job", ["status", "run_at"], unique=False, postgresql_where=sa.text("status = 'ready'")
    )
    op.create_index(
        "ix__job__open", "job", ["status"], unique=False, postgresql_where=sa.text("status in ('ready', 'stuck')")
    )
    op.create_table(
        "limit_hit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__limit_hit")),
    )
    op.create_index("ix__limit_hit__key_at", "limit_hit", ["key", "at"], unique=False)
    op.create_table(
        "link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "confirm",
                "resume",
                "status",
                "invitation",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq__link__token_hash")),
    )
    op.create_index("ix__link__about", "link", ["about", "purpose"], unique=False)
    op.create_table(
        "login_attempt",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("sign_in", "change_password", name="purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("return_path", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk__login_attempt")),
    )
    op.create_index(op.f("ix__login_attempt__created_at"), "login_attempt", ["created_at"], unique=False)
    op.create_table(
        "mail_delivery",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("job_key", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("sending", "sent", "failed", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__mail_delivery")),
        sa.UniqueConstraint("job_key", name=op.f("uq__mail_delivery__job_key")),
    )
    op.create_index("ix__mail_delivery__about", "mail_delivery", ["about"], unique=False)
    op.create_table(
        "signed_in_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("staff", "supplier", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("id_token", sa.String(), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk__signed_in_session")),
    )
    op.create_index(op.f("ix__signed_in_session__expires_at"), "signed_in_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix__signed_in_session__sid"), "signed_in_session", ["sid"], unique=False)
    op.create_index(op.f("ix__signed_in_session__subject"), "signed_in_session", ["subject"], unique=False)
    op.create_table(
        "supplier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("identity_key", sa.String(), nullable=False),
        sa.Column(
            "qualification",
            sa.Enum(
                "qualified",
                "suspended",
                "renewing",
                "expired",
                "revoked",
                name="qualification",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("qualified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("legal_category", sa.String(), nullable=False),
        sa.Column("supply_types", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=True),
        sa.Column("vat_number", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__supplier")),
        sa.UniqueConstraint("identity_key", name=op.f("uq__supplier__identity_key")),
        sa.UniqueConstraint("number", name=op.f("uq__supplier__number")),
    )
    op.create_index(
        "ix__supplier__name",
        "supplier",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "under_review",
                "information_requested",
                "approved",
                "rejected",
                "withdrawn",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "hold",
            sa.Enum(
                "open_application",
                "already_registered",
                "too_early",
                "revoked_or_excluded",
                name="hold",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("legal_category", sa.String(), nullable=False),
        sa.Column("supply_types", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=True),
        sa.Column("vat_number", sa.String(), nullable=True),
        sa.Column("identity_key", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee_subject", sa.String(), nullable=True),
        sa.Column("assignee_name", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_subject", sa.String(), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason_text", sa.String(), nullable=True),
        sa.Column("internal_note", sa.String(), nullable=True),
        sa.Column("reapply_from", sa.Date(), nullable=True),
        sa.Column("erase_on", sa.Date(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("invited_by", sa.String(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (submitted_at is null) or state = 'expired'",
            name=op.f("ck__application__submitted_state"),
        ),
        sa.CheckConstraint(
            "(decided_at is null) = (decided_by_subject is null)", name=op.f("ck__application__decided_pair")
        ),
        sa.CheckConstraint(
            "num_nulls(submitted_at, number, sequence) in (0, 3)", name=op.f("ck__application__number_when_sent")
        ),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk__application__invitation_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk__application__supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__application")),
        sa.UniqueConstraint("number", name=op.f("uq__application__number")),
        sa.UniqueConstraint("sequence", name=op.f("uq__application__sequence")),
    )
    op.create_index(
        "ix__application__contact_email", "application", [sa.literal_column("lower(contact_email)")], unique=False
    )
    op.create_index("ix__application__identity_key", "application", ["identity_key"], unique=False)
    op.create_index(
        "ix__application__search",
        "application",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index(
        "ix__application__state_category_sequence", "application", ["state", "legal_category", "sequence"], unique=False
    )
    op.create_index("ix__application__state_sequence", "application", ["state", "sequence"], unique=False)
    op.create_index(op.f("ix__application__supplier_id"), "application", ["supplier_id"], unique=False)
    op.create_index(op.f("ix__application__vat_number"), "application", ["vat_number"], unique=False)
    op.create_index(
        "uq__application__open_identity_key",
        "application",
        ["identity_key"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('submitted', 'under_review', 'information_requested') and hold is null and kind = 'first'"
        ),
    )
    op.create_table(
        "membership",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_number", sa.String(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk__membership__account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["supplier_number"], ["supplier.number"], name=op.f("fk__membership__supplier_number")),
        sa.PrimaryKeyConstraint("account_id", "supplier_number", name=op.f("pk__membership")),
    )
    op.create_index(op.f("ix__membership__supplier_number"), "membership", ["supplier_number"], unique=False)
    op.create_table(
        "supplier_category",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk__supplier_category__supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("supplier_id", "leaf", name=op.f("pk__supplier_category")),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__acknowledgement__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("application_id", "text", "version", name=op.f("pk__acknowledgement")),
    )
    op.create_table(
        "applicant_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("draft", "status", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__applicant_session__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk__applicant_session")),
    )
    op.create_index(
        op.f("ix__applicant_session__application_id"), "applicant_session", ["application_id"], unique=False
    )
    op.create_index(op.f("ix__applicant_session__expires_at"), "applicant_session", ["expires_at"], unique=False)
    op.create_table(
        "application_answers",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__application_answers__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk__application_answers")),
    )
    op.create_table(
        "application_category",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.String(), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__application_category__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("application_id", "leaf", name=op.f("pk__application_category")),
    )
    op.create_table(
        "application_snapshot",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__application_snapshot__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__application_snapshot")),
    )
    op.create_index(
        op.f("ix__application_snapshot__application_id"), "application_snapshot", ["application_id"], unique=False
    )
    op.create_table(
        "application_warning",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__application_warning__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__application_warning")),
    )
    op.create_index(
        op.f("ix__application_warning__application_id"), "application_warning", ["application_id"], unique=False
    )
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    """Take back."""
    op.execute("drop sequence application_number")
    op.execute("drop sequence supplier_number")
    op.drop_index(op.f("ix__application_warning__application_id"), table_name="application_warning")
    op.drop_table("application_warning")
    op.drop_index(op.f("ix__application_snapshot__application_id"), table_name="application_snapshot")
    op.drop_table("application_snapshot")
    op.drop_table("application_category")
    op.drop_table("application_answers")
    op.drop_index(op.f("ix__applicant_session__expires_at"), table_name="applicant_session")
    op.drop_index(op.f("ix__applicant_session__application_id"), table_name="applicant_session")
    op.drop_table("applicant_session")
    op.drop_table("acknowledgement")
    op.drop_table("supplier_category")
    op.drop_index(op.f("ix__membership__supplier_number"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(
        "uq__application__open_identity_key",
        table_name="application",
        postgresql_where=sa.text(
            "state in ('submitted', 'under_review', 'information_requested') and hold is null and kind = 'first'"
        ),
    )
    op.drop_index(op.f("ix__application__vat_number"), table_name="application")
    op.drop_index(op.f("ix__application__supplier_id"), table_name="application")
    op.drop_index("ix__application__state_sequence", table_name="application")
    op.drop_index("ix__application__state_category_sequence", table_name="application")
    op.drop_index(
        "ix__application__search",
        table_name="application",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix__application__identity_key", table_name="application")
    op.drop_index("ix__application__contact_email", table_name="application")
    op.drop_table("application")
    op.drop_index(
        "ix__supplier__name", table_name="supplier", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    )
    op.drop_table("supplier")
    op.drop_index(op.f("ix__signed_in_session__subject"), table_name="signed_in_session")
    op.drop_index(op.f("ix__signed_in_session__sid"), table_name="signed_in_session")
    op.drop_index(op.f("ix__signed_in_session__expires_at"), table_name="signed_in_session")
    op.drop_table("signed_in_session")
    op.drop_index("ix__mail_delivery__about", table_name="mail_delivery")
    op.drop_table("mail_delivery")
    op.drop_index(op.f("ix__login_attempt__created_at"), table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_index("ix__link__about", table_name="link")
    op.drop_table("link")
    op.drop_index("ix__limit_hit__key_at", table_name="limit_hit")
    op.drop_table("limit_hit")
    op.drop_index("ix__job__open", table_name="job", postgresql_where=sa.text("status in ('ready', 'stuck')"))
    op.drop_index("ix__job__due", table_name="job", postgresql_where=sa.text("status = 'ready'"))
    op.drop_table("job")
    op.drop_index(
        "uq__invitation__open_email",
        table_name="invitation",
        postgresql_where=sa.text("state in ('created', 'sent', 'opened')"),
    )
    op.drop_table("invitation")
    op.drop_index("ix__audit_event__subject", table_name="audit_event")
    op.drop_table("audit_event")
    op.execute("drop function audit_event_is_append_only()")
    op.drop_index("ix__account__email", table_name="account")
    op.drop_table("account")
