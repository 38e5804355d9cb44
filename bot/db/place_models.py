"""The table of places in the neighbourhood: services, playgrounds, activities."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base, Id, key, ref


class Spot(Base):
    """One place. house_id None: for all houses. lead to join are the six fields of an offer (an activity); empty for a service."""

    __tablename__ = "places"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    house_id: Mapped[int | None] = ref("houses.id")
    category: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str]
    street: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(String(10), default="")
    municipality: Mapped[str] = mapped_column(default="")
    neighbourhood: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")  # for staff
    lead: Mapped[str] = mapped_column(default="")  # trekker
    form: Mapped[str] = mapped_column(default="")  # werkvorm
    place: Mapped[str] = mapped_column(default="")  # locatie
    rhythm: Mapped[str] = mapped_column(default="")  # frequentie
    price: Mapped[str] = mapped_column(default="")  # kostprijs
    join: Mapped[str] = mapped_column(default="")  # toeleiding
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    hours: Mapped[str] = mapped_column(default="")
    languages: Mapped[str] = mapped_column(default="")
    picture: Mapped[str] = mapped_column(default="")  # name of a symbol, when the category's own does not fit
    tags: Mapped[str] = mapped_column(
        default=""
    )  # when childcare is there: words of `places.TAGS`, a space between them
    last_checked: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]
