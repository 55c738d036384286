"""Requests for information, changes of address, asked-for links, holds of erasure."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PURPOSES = "'confirm', 'resume', 'status', 'invitation'"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "link_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("resume", "status", "renew", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__link_request")),
    )
    op.create_table(
        "address_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=False),
        sa.Column("new_email", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__address_change__application_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__address_change")),
    )
    op.create_index("ix__address_change__application_id", "address_change", ["application_id"], unique=False)
    op.create_index(
        "uq__address_change__open",
        "address_change",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at is null and ended_at is null"),
    )
    op.create_table(
        "information_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_subject", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("extended_from", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("num_nonnulls(answered_at, ended_at) <= 1", name=op.f("ck__information_request__ends_once")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk__information_request__application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__information_request")),
    )
    op.create_index("ix__information_request__application_id", "information_request", ["application_id"], unique=False)
    op.create_index(
        "uq__information_request__open",
        "information_request",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("answered_at is null and ended_at is null"),
    )
    op.create_table(
        "information_item",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("field", "section", "document", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("document_type", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["information_request.id"],
            name=op.f("fk__information_item__request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__information_item")),
    )
    op.create_index(op.f("ix__information_item__request_id"), "information_item", ["request_id"], unique=False)
    op.add_column("account", sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("access_checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("application", sa.Column("copied_from_id", sa.Uuid(), nullable=True))
    op.add_column("application", sa.Column("legal_hold_reason", sa.String(), nullable=True))
    op.add_column("application", sa.Column("legal_hold_by", sa.String(), nullable=True))
    op.add_column("application", sa.Column("legal_hold_review_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix__application__copied_from_id"), "application", ["copied_from_id"], unique=False)
    op.create_foreign_key(
        op.f("fk__application__copied_from_id"),
        "application",
        "application",
        ["copied_from_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column(
        "application_answers",
        sa.Column(
            "changed", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
    )
    op.add_column("document_version", sa.Column("files_erased_on", sa.Date(), nullable=True))
    op.drop_constraint(op.f("ck__link__purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck__link__purpose"), "link", f"purpose in ({PURPOSES}, 'address')")


def downgrade() -> None:
    """Take back."""
    op.execute("delete from link where purpose = 'address'")
    op.drop_constraint(op.f("ck__link__purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck__link__purpose"), "link", f"purpose in ({PURPOSES})")
    op.drop_column("document_version", "files_erased_on")
    op.drop_column("application_answers", "changed")
    op.drop_constraint(op.f("fk__application__copied_from_id"), "application", type_="foreignkey")
    op.drop_index(op.f("ix__application__copied_from_id"), table_name="application")
    op.drop_column("application", "legal_hold_review_on")
    op.drop_column("application", "legal_hold_by")
    op.drop_column("application", "legal_hold_reason")
    op.drop_column("application", "copied_from_id")
    op.drop_column("account", "access_checked_at")
    op.drop_column("account", "password_set_at")
    op.drop_index(op.f("ix__information_item__request_id"), table_name="information_item")
    op.drop_table("information_item")
    op.drop_index(
        "uq__information_request__open",
        table_name="information_request",
        postgresql_where=sa.text("answered_at is null and ended_at is null"),
    )
    op.drop_index("ix__information_request__application_id", table_name="information_request")
    op.drop_table("information_request")
    op.drop_index(
        "uq__address_change__open",
        table_name="address_change",
        postgresql_where=sa.text("confirmed_at is null and ended_at is null"),
    )
    op.drop_index("ix__address_change__application_id", table_name="address_change")
    op.drop_table("address_change")
    op.drop_table("link_request")
