"""Documents with their versions and files; suspension and dropped categories of a supplier."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk__calendar_feed__supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq__calendar_feed__token_hash")),
    )
    op.create_index(op.f("ix__calendar_feed__subject"), "calendar_feed", ["subject"], unique=False)
    op.create_index(
        "uq__calendar_feed__live",
        "calendar_feed",
        ["supplier_id", "subject"],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(application_id, supplier_id) >= 1", name=op.f("ck__document__has_owner")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk__document__application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk__document__supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__document")),
    )
    op.create_index("uq__document__application", "document", ["application_id", "type", "slot"], unique=True)
    op.create_index("uq__document__supplier", "document", ["supplier_id", "type", "slot"], unique=True)
    op.create_table(
        "document_reminder",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk__document_reminder__document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "expires_on", "threshold", name=op.f("pk__document_reminder")),
    )
    op.create_table(
        "document_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("not_due_reason", sa.String(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "to_check",
                "valid",
                "rejected",
                "replaced",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason_text", sa.String(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_by_subject", sa.String(), nullable=True),
        sa.Column("judged_by_name", sa.String(), nullable=True),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict <> 'rejected' or reason_code is not null", name=op.f("ck__document_version__rejection_has_reason")
        ),
        sa.CheckConstraint(
            "num_nulls(judged_at, judged_by_subject, judged_by_name) in (0, 3)",
            name=op.f("ck__document_version__judged_together"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk__document_version__document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__document_version")),
    )
    op.create_index("ix__document_version__expires_on", "document_version", ["expires_on"], unique=False)
    op.create_index("uq__document_version__number", "document_version", ["document_id", "number"], unique=True)
    op.create_table(
        "document_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_sha256", sa.String(), nullable=False),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column(
            "scan",
            sa.Enum(
                "not_scanned",
                "clean",
                "infected",
                "error",
                name="scan",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scan_note", sa.String(), nullable=True),
        sa.Column(
            "preview",
            sa.Enum("pending", "ready", "none", name="preview", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("preview_pages", sa.Integer(), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_version.id"], name=op.f("fk__document_file__version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__document_file")),
        sa.UniqueConstraint("key", name=op.f("uq__document_file__key")),
    )
    op.create_index(op.f("ix__document_file__version_id"), "document_file", ["version_id"], unique=False)
    op.add_column("application_category", sa.Column("max_order", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("supplier", sa.Column("suspended_by", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("suspension_reason", sa.String(), nullable=True))
    held = sa.Enum(
        "qualified",
        "suspended",
        "renewing",
        "expired",
        "revoked",
        name="suspended_from",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.add_column("supplier", sa.Column("suspended_from", held, nullable=True))
    op.add_column("supplier_category", sa.Column("dropped_on", sa.Date(), nullable=True))
    op.add_column("supplier_category", sa.Column("dropped_by", sa.String(), nullable=True))
    op.add_column("supplier_category", sa.Column("drop_reason", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("supplier_category", "drop_reason")
    op.drop_column("supplier_category", "dropped_by")
    op.drop_column("supplier_category", "dropped_on")
    op.drop_column("supplier", "suspended_from")
    op.drop_column("supplier", "suspension_reason")
    op.drop_column("supplier", "suspended_by")
    op.drop_column("supplier", "suspended_at")
    op.drop_column("application_category", "max_order")
    op.drop_index(op.f("ix__document_file__version_id"), table_name="document_file")
    op.drop_table("document_file")
    op.drop_index("uq__document_version__number", table_name="document_version")
    op.drop_index("ix__document_version__expires_on", table_name="document_version")
    op.drop_table("document_version")
    op.drop_table("document_reminder")
    op.drop_index("uq__document__supplier", table_name="document")
    op.drop_index("uq__document__application", table_name="document")
    op.drop_table("document")
    op.drop_index("uq__calendar_feed__live", table_name="calendar_feed")
    op.drop_index(op.f("ix__calendar_feed__subject"), table_name="calendar_feed")
    op.drop_table("calendar_feed")
