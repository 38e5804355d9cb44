"""Fetch again what is vendored: `npm install <packages>` somewhere, then `python -m bot.pictures.vendored.build <folder>/node_modules`.

Packages: @iconify-json/fluent-emoji-flat (MIT), @fontsource/noto-sans, -arabic, -ethiopic (OFL). Needs no network itself.
Takes only the drawings that flows/pictures/symbols.yaml names, merges each script's font files into one, and writes MANIFEST.json.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from fontTools.merge import Merger
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
DRAWN = HERE.parent / "drawn"
SYMBOLS = HERE.parents[2] / "flows" / "pictures" / "symbols.yaml"
FLUENT, NOTO = "fluent-emoji-flat", "noto-sans"
ALWAYS = {"warning", "sunrise-over-mountains", "sun", "crescent-moon"}  # drawn by when.py
FONTS = {
    "latn": ("", "latin latin-ext cyrillic cyrillic-ext"),
    "arab": ("-arabic", "arabic latin latin-ext"),
    "ethi": ("-ethiopic", "ethiopic latin"),
}
FEATURES_NOT_NEEDED = {"MVAR", "STAT", "avar", "HVAR"}
MIT = """MIT License

Copyright (c) Microsoft Corporation.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def wanted() -> list[str]:
    """The names of all Fluent drawings that symbols.yaml uses, sorted."""
    entries = yaml.load(SYMBOLS.read_text("utf-8"), Loader=yaml.BaseLoader)
    names = {
        n for e in entries.values() for n in [*e.get("icons", []), *(y.get("icon", "") for y in e.get("layers", []))]
    }
    return sorted((names | ALWAYS) - {p.stem for p in DRAWN.glob("*.svg")} - {""})


def icons(modules: Path) -> dict[str, Any]:
    """Write one SVG per wanted drawing and say what was taken. Raises KeyError for a drawing that does not exist."""
    out = HERE / FLUENT
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    data = json.loads((modules / "@iconify-json" / FLUENT / "icons.json").read_text("utf-8"))
    for name in wanted():
        parent = data.get("aliases", {}).get(name, {}).get("parent", name)
        icon = data["icons"][parent]
        box = f"0 0 {icon.get('width', data['width'])} {icon.get('height', data['height'])}"
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}">{icon["body"]}</svg>\n'
        (out / f"{name}.svg").write_text(svg, "utf-8")
    (out / "LICENSE").write_text(MIT, "utf-8")
    return described(out, "*.svg", [package(modules, f"@iconify-json/{FLUENT}")], "MIT")


def fonts(modules: Path) -> dict[str, Any]:
    """Merge the subsets of each script into one bold TTF with Latin letters and digits, and say what was taken."""
    out = HERE / NOTO
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for script, (family, subsets) in FONTS.items():
        parts = []
        for subset in subsets.split():
            files = modules / "@fontsource" / f"noto-sans{family}" / "files"
            font = TTFont(files / f"noto-sans{family}-{subset}-700-normal.woff", recalcTimestamp=False)
            font.flavor = None
            for table in FEATURES_NOT_NEEDED & set(font.keys()):
                del font[table]
            parts.append(str(out / f"_{script}_{subset}.ttf"))
            font.save(parts[-1])
        merged: Any = Merger().merge(parts)  # type: ignore[no-untyped-call]
        first: Any = TTFont(parts[0])
        merged.recalcTimestamp = False  # the same bytes every time
        merged["head"].created = merged["head"].modified = first["head"].created
        merged.save(out / f"{script}.ttf")
        for part in parts:
            Path(part).unlink()
    shutil.copy(modules / "@fontsource" / "noto-sans" / "LICENSE", out / "OFL.txt")
    return described(
        out, "*.ttf", [package(modules, f"@fontsource/noto-sans{f}") for f, _ in FONTS.values()], "OFL-1.1"
    )


def package(modules: Path, name: str) -> dict[str, str]:
    """Name and version of an installed npm package."""
    return {"name": name, "version": json.loads((modules / name / "package.json").read_text("utf-8"))["version"]}


def described(folder: Path, pattern: str, packages: list[dict[str, str]], licence: str) -> dict[str, Any]:
    """One manifest entry: packages, licence and the SHA-256 of every file."""
    sums = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob(pattern))}
    return {"packages": packages, "licence": licence, "build": "bot/pictures/vendored/build.py", "sha256": sums}


def build(modules: Path) -> None:
    """Everything, and the manifest."""
    manifest = {FLUENT: icons(modules), NOTO: fonts(modules)}
    (HERE / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
