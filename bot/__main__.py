"""`python -m bot` and the command `stapsteen`."""

from bot.cli import app


def main() -> None:
    app(prog_name="stapsteen")


if __name__ == "__main__":
    main()
