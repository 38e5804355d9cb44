"""What a meeting is about, when childcare is there, rough translations for staff, questions that may be told on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("meetings", sa.Column("theme", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("places", sa.Column("tags", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "rough_translations",
        sa.Column("part_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["part_id"], ["question_parts.id"], name="fk_rough_translations_part_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("part_id", name="pk_rough_translations"),
    )
    op.create_table(
        "examples",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("consent", sa.String(length=10), nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name="fk_examples_question_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_examples_mother_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_examples_group_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_examples_staff_id"),
        sa.UniqueConstraint("question_id", name="uq_examples_question_id"),
        sqlite_autoincrement=True,
    )
    for column in ("mother_id", "group_id"):
        op.create_index(f"ix_examples_{column}", "examples", [column])


def downgrade() -> None:
    op.drop_table("examples")
    op.drop_table("rough_translations")
    op.drop_column("places", "tags")
    op.drop_column("meetings", "theme")
