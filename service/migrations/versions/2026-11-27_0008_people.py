"""The people of a supplier: suspended accounts, colleagues, changed login addresses, hand-overs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("account", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("suspended_by_name", sa.String(), nullable=True))
    op.add_column("account", sa.Column("suspension_reason", sa.String(), nullable=True))
    op.add_column("account", sa.Column("suspension_text", sa.String(), nullable=True))
    # asked for while rows exist, and never again: the model gives it from now on
    op.add_column("account", sa.Column("switches", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("account", "switches", server_default=None)
    op.create_check_constraint(
        op.f("ck__account__suspended"), "account", "(state = 'suspended') = (suspended_at is not null)"
    )
    op.add_column("account", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("invited_name", sa.String(), nullable=True))
    op.add_column("membership", sa.Column("letters", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("membership", "letters", server_default=None)


def downgrade() -> None:
    """Undo."""
    op.drop_column("membership", "letters")
    op.drop_column("membership", "invited_name")
    op.drop_column("membership", "invited_at")
    op.drop_column("account", "signed_in_at")
    op.drop_constraint(op.f("ck__account__suspended"), "account", type_="check")
    op.drop_column("account", "switches")
    op.drop_column("account", "suspension_text")
    op.drop_column("account", "suspension_reason")
    op.drop_column("account", "suspended_by_name")
    op.drop_column("account", "suspended_at")
