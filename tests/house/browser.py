"""Makes sure that there is a browser for the journeys: `python -m tests.house.browser`.

1. $CHROMIUM, when it is set. 2. A Chromium or Chrome on PATH. 3. As root on Debian or Ubuntu: apt-get. 4. A sentence that says what to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-headless-shell", "google-chrome", "google-chrome-stable", "chromium-browser")
PACKAGES = ("chromium-headless-shell", "fonts-noto-core", "fonts-noto-color-emoji")
MISSING = (
    "The browser tests need Chromium, and there is none on this machine. Install it (Debian, Ubuntu: apt-get install chromium "
    "fonts-noto-core fonts-noto-color-emoji), or set CHROMIUM to the path of a Chromium or Chrome that you have."
)


def find() -> str | None:
    """The path of a browser, or None. A CHROMIUM that is set counts alone."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Installs a headless Chromium with fonts through apt, reading the package lists anew when the first try fails."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wanted = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    if subprocess.run(wanted, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return
    for command in (["apt-get", "update", "-qq"], wanted):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL)


def main() -> int:
    """0 when there is a browser (now), 1 with a sentence on what to do when there is none."""
    if find():
        return 0
    if not os.environ.get("CHROMIUM") and shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing a Chromium for the browser tests …", file=sys.stderr)
        install()
    if find():
        return 0
    chosen = os.environ.get("CHROMIUM")
    print(
        f"CHROMIUM is set to {chosen}, but that is no program that can be run." if chosen else MISSING, file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
