"""The report as a spreadsheet: the same figures, a sheet of numbers and one for every breakdown with its chart."""

from __future__ import annotations

import io
import re

import xlsxwriter
from xlsxwriter.chart_bar import ChartBar
from xlsxwriter.format import Format

from bot.care import report_words
from bot.care.content import Content
from bot.care.report import Report, Table

WIDE, NARROW = 58, 14
NAME = re.compile(r"[\[\]:*?/\\]")  # what a sheet may not be called


def excel(content: Content, made: Report) -> bytes:
    """An .xlsx file. Words are in Dutch."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    strong, grey = book.add_format({"bold": True}), book.add_format({"italic": True, "text_wrap": True})
    sheet = book.add_worksheet("Rapport")
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 1, NARROW)
    sheet.write(0, 0, f"{made.group.name}, {report_words.period(made.period)}", strong)
    row = 2
    for name, figures in made.figures.items():
        sheet.write(row, 0, report_words.HEADINGS[name], strong)
        for figure in figures:
            row += 1
            sheet.write(row, 0, report_words.FIGURES[figure.name])
            plain = figure.value is not None and figure.plan is None and figure.name != "median"
            sheet.write(row, 1, figure.value if plain else report_words.value(figure))
        row += 2
    sheet.write(row, 0, report_words.NOTE, grey)
    for number, table in enumerate(made.tables, start=1):
        _breakdown(book, content, table, number, strong)
    book.close()
    return out.getvalue()


def _breakdown(book: xlsxwriter.Workbook, content: Content, table: Table, number: int, strong: Format) -> None:
    title = report_words.TABLES[table.name]
    name = NAME.sub("", f"{number}. {title}")[:31]
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, WIDE)
    sheet.write(0, 0, title, strong)
    if not table.rows:
        sheet.write(2, 0, report_words.TOO_FEW if table.hidden else report_words.NOTHING)
        return
    for row, (key, n) in enumerate(table.rows, start=2):
        sheet.write(row, 0, report_words.label(content, table, key))
        sheet.write(row, 1, n)
    last = 1 + len(table.rows)
    chart = book.add_chart({"type": "bar"})
    assert isinstance(chart, ChartBar)
    chart.add_series(
        {"categories": [name, 2, 0, last, 0], "values": [name, 2, 1, last, 1], "data_labels": {"value": True}}
    )
    chart.set_legend({"none": True})
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True})
    sheet.insert_chart(0, 3, chart)
