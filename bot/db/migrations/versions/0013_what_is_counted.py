"""Indexes of the few rows that /metrics and the desk ask for again and again: parked, not sent, of unknown outcome."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_arrivals_parked": ("arrivals", ["parked_at"], "parked_at IS NOT NULL"),
    "ix_deliveries_not_sent": ("deliveries", ["state", "created_at"], "state IN ('failed','cancelled')"),
    "ix_deliveries_unknown": ("deliveries", ["unknown"], "unknown > 0"),
}


def upgrade() -> None:
    for name, (table, columns, where) in INDEXES.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
