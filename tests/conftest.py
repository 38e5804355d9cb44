"""Given: what tests start from. Each file under tests/given/ is one kind of beginning."""

pytest_plugins = ["tests.given.database", "tests.given.sandbox", "tests.given.house"]
