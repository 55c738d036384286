"""The people of a supplier: suspended accounts, colleagues, changed login addresses, hand-overs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PURPOSES = "'confirm', 'resume', 'status', 'invitation', 'address'"


def upgrade() -> None:
    """Apply."""
    op.add_column("account", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("suspended_by_name", sa.String(), nullable=True))
    op.add_column("account", sa.Column("suspension_reason", sa.String(), nullable=True))
    op.add_column("account", sa.Column("suspension_text", sa.String(), nullable=True))
    # asked for while rows exist, and never again: the model gives it from now on
    op.add_column("account", sa.Column("switches", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("account", "switches", server_default=None)
    op.add_column("account", sa.Column("readmitted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("is_ended_by_company", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("account", "is_ended_by_company", server_default=None)
    op.create_check_constraint(
        op.f("ck__account__suspended"), "account", "(state = 'suspended') = (suspended_at is not null)"
    )
    op.add_column("membership", sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("invited_name", sa.String(), nullable=True))
    op.add_column("membership", sa.Column("letters", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("membership", "letters", server_default=None)
    op.create_table(
        "ended_membership",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_number", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk__ended_membership__account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_number"], ["supplier.number"], name=op.f("fk__ended_membership__supplier_number")
        ),
        sa.PrimaryKeyConstraint("account_id", "supplier_number", name=op.f("pk__ended_membership")),
    )
    op.create_index(
        op.f("ix__ended_membership__supplier_number"), "ended_membership", ["supplier_number"], unique=False
    )
    op.create_table(
        "email_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=False),
        sa.Column("new_email", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk__email_change__account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__email_change")),
    )
    op.create_index(op.f("ix__email_change__account_id"), "email_change", ["account_id"], unique=False)
    op.create_index(
        "uq__email_change__open",
        "email_change",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("applied_at is null and ended_at is null"),
    )
    op.drop_constraint(op.f("ck__link__purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck__link__purpose"), "link", f"purpose in ({PURPOSES}, 'login_address')")
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_subject", sa.String(), nullable=False),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk__handover__supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__handover")),
    )
    op.create_index(op.f("ix__handover__supplier_id"), "handover", ["supplier_id"], unique=False)
    op.create_index(
        "uq__handover__open",
        "handover",
        ["supplier_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at is null and ended_at is null"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(
        "uq__handover__open",
        table_name="handover",
        postgresql_where=sa.text("confirmed_at is null and ended_at is null"),
    )
    op.drop_index(op.f("ix__handover__supplier_id"), table_name="handover")
    op.drop_table("handover")
    op.execute("delete from link where purpose = 'login_address'")
    op.drop_constraint(op.f("ck__link__purpose"), "link", type_="check")
    op.create_check_constraint(op.f("ck__link__purpose"), "link", f"purpose in ({PURPOSES})")
    op.drop_index(
        "uq__email_change__open",
        table_name="email_change",
        postgresql_where=sa.text("applied_at is null and ended_at is null"),
    )
    op.drop_index(op.f("ix__email_change__account_id"), table_name="email_change")
    op.drop_table("email_change")
    op.drop_index(op.f("ix__ended_membership__supplier_number"), table_name="ended_membership")
    op.drop_table("ended_membership")
    op.drop_column("membership", "letters")
    op.drop_column("membership", "invited_name")
    op.drop_column("membership", "invited_at")
    op.drop_constraint(op.f("ck__account__suspended"), "account", type_="check")
    op.drop_column("account", "is_ended_by_company")
    op.drop_column("account", "readmitted_at")
    op.drop_column("account", "switches")
    op.drop_column("account", "suspension_text")
    op.drop_column("account", "suspension_reason")
    op.drop_column("account", "suspended_by_name")
    op.drop_column("account", "suspended_at")
