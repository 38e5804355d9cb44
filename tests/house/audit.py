"""`make audit`: what pip-audit found about the packages in the lock, and honestly how many it could say nothing about.

pip-audit itself says "no known vulnerabilities" and ends well when the index at hand knows none of the packages, as a mirror may.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

FINE, WEAK, UNKNOWN = 0, 1, 2


def verdict(report: str) -> tuple[int, list[str]]:
    """How it ends, and what to say. report: the JSON of pip-audit, empty when it could ask nobody.

    FINE: every package was looked up, and nothing is known against it; WEAK: something is; UNKNOWN: some could not be looked up.
    """
    try:
        found: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNKNOWN, ["Nothing was audited: the advisory data could not be reached."]
    weak = [one for one in found if one.get("vulns")]
    unknown = [str(one["name"]) for one in found if "skip_reason" in one]
    said = [f"{one['name']} {one.get('version', '')}: {_named(one['vulns'])}" for one in weak]
    said.append(
        f"{len(found) - len(unknown)} of {len(found)} packages were looked up, {len(weak)} with a known weakness."
    )
    if unknown:
        few = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
        said.append(f"Nothing is known about {len(unknown)}: this index has no advisory data for them ({few}).")
    return WEAK if weak else UNKNOWN if unknown or not found else FINE, said


def _named(vulns: Iterable[dict[str, Any]]) -> str:
    return ", ".join(
        f"{one['id']} (mended in {', '.join(one.get('fix_versions') or ['no version yet'])})" for one in vulns
    )


if __name__ == "__main__":
    code, lines = verdict(sys.stdin.read())
    print("\n".join(lines))
    sys.exit(code)
