"""The chain of an access: when each step happened, memberships added later, strangers in the way, the company chosen."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANTS = (
    "person_created_at", "person_verified_at", "link_opened_at", "dead_link_at", "first_sign_in_at", "last_sign_in_at",
    "reminded_at",
)  # fmt: skip


def upgrade() -> None:
    """Go there."""
    for name in INSTANTS:
        op.add_column("account", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("signed_in_session", sa.Column("supplier_number", sa.String(), nullable=True))
    op.create_table(
        "account_conflict",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("marker", sa.String(), nullable=True),
        sa.Column("groups", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at is null) = (confirmed_by is null)", name=op.f("ck__account_conflict__confirmed")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk__account_conflict__account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk__account_conflict")),
    )
    op.create_table(
        "event_watermark",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk__event_watermark")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("event_watermark")
    op.drop_table("account_conflict")
    op.drop_column("signed_in_session", "supplier_number")
    op.drop_column("membership", "joined_at")
    for name in reversed(INSTANTS):
        op.drop_column("account", name)
