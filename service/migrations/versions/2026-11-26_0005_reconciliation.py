"""Reconciliation: looks at both sides, and what was found to differ from Keycloak."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = ("orphan", "missing", "wrong_group", "wrong_email", "disabled", "foreign_attribute", "double", "ghost_approval")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_subject", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reconciliation")),
    )
    op.create_index("ix__reconciliation__asked_at", "reconciliation", ["asked_at"], unique=False)
    op.create_index(
        "uq__reconciliation__open",
        "reconciliation",
        [sa.literal_column("(ended_at is null)")],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "drift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_number", sa.String(), nullable=True),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by_subject", sa.String(), nullable=True),
        sa.Column("asked_by_name", sa.String(), nullable=True),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended",
            sa.Enum("repaired", "gone", name="ended", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.CheckConstraint("(ended_at is null) = (ended is null)", name=op.f("ck__drift__ended_pair")),
        sa.CheckConstraint(
            "num_nulls(asked_at, asked_by_subject, asked_by_name) in (0, 3)", name=op.f("ck__drift__asked_together")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__drift__account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__drift")),
    )
    op.create_index(op.f("ix__drift__account_id"), "drift", ["account_id"], unique=False)
    op.create_index("ix__drift__ended_at", "drift", ["ended_at"], unique=False)
    op.create_index("uq__drift__open", "drift", ["key"], unique=True, postgresql_where=sa.text("ended_at is null"))


def downgrade() -> None:
    """Take back."""
    op.drop_table("drift")
    op.drop_table("reconciliation")
