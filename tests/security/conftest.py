"""Given: the same desk as the desk's own tests have."""

from tests.console.conftest import clips as clips
from tests.console.conftest import desk as desk
