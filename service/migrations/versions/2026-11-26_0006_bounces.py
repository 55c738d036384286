"""Letters that come back: their Message-ID and report, the addresses nothing is sent to, the far sides seen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE, NOW = "'sending', 'sent', 'failed'", "'sending', 'sent', 'failed', 'bounced', 'held'"


def upgrade() -> None:
    """Apply."""
    op.add_column("mail_delivery", sa.Column("message_id", sa.String(), nullable=True))
    op.add_column("mail_delivery", sa.Column("report", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq__mail_delivery__message_id"), "mail_delivery", ["message_id"])
    op.create_index("ix__mail_delivery__to_address", "mail_delivery", [sa.text("lower(to_address)")], unique=False)
    _allow(NOW)
    op.create_table(
        "stopped_address",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["mail_delivery.id"],
            name=op.f("fk__stopped_address__delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk__stopped_address")),
    )
    op.create_index("ix__stopped_address__delivery_id", "stopped_address", ["delivery_id"], unique=False)
    op.create_table(
        "far_side",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk__far_side")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("far_side")
    op.drop_index("ix__stopped_address__delivery_id", table_name="stopped_address")
    op.drop_table("stopped_address")
    op.execute("update mail_delivery set status = 'failed' where status in ('bounced', 'held')")
    _allow(BEFORE)
    op.drop_index("ix__mail_delivery__to_address", table_name="mail_delivery")
    op.drop_constraint(op.f("uq__mail_delivery__message_id"), "mail_delivery", type_="unique")
    op.drop_column("mail_delivery", "report")
    op.drop_column("mail_delivery", "message_id")


def _allow(statuses: str) -> None:
    op.drop_constraint(op.f("ck__mail_delivery__status"), "mail_delivery", type_="check")
    op.create_check_constraint(op.f("ck__mail_delivery__status"), "mail_delivery", f"status in ({statuses})")
