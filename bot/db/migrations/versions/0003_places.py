"""Places in the neighbourhood: services, playgrounds, activities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = ("name", "street", "number")
AFTER = ("municipality", "neighbourhood", "note", "lead", "form", "place", "rhythm", "price", "join")


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("house_id", BIG, nullable=True),
        sa.Column("category", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in BEFORE),
        sa.Column("postcode", sa.String(length=10), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in AFTER),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hours", "languages", "picture")),
        sa.Column("last_checked", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_places_house_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_places_house_id", "places", ["house_id"])
    op.create_index("ix_places_category", "places", ["category"])


def downgrade() -> None:
    op.drop_table("places")
