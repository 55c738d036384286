"""One index of the jobs that are not over, such that a claim is read off in order whatever the planner believes of the table."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

READY, OPEN = sa.text("status = 'ready'"), sa.text("status in ('ready', 'stuck')")


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix__job__due", "job", postgresql_where=READY)
    op.drop_index("ix__job__open", "job", postgresql_where=OPEN)
    op.create_index("ix__job__open", "job", ["status", "run_at"], postgresql_where=OPEN)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix__job__open", "job", postgresql_where=OPEN)
    op.create_index("ix__job__open", "job", ["status"], postgresql_where=OPEN)
    op.create_index("ix__job__due", "job", ["status", "run_at"], postgresql_where=READY)
