"""The browser tests say clearly what is missing, and never skip."""

from __future__ import annotations

import sys

import pytest

from tests.house import browser


def test_a_browser_that_is_chosen_counts_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert browser.find() is None
    assert browser.main() == 1
    assert "CHROMIUM is set to /no/such/browser" in capsys.readouterr().err
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert browser.find() == sys.executable
    assert browser.main() == 0


def test_without_a_browser_and_without_apt_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "/no/such/folder")
    assert browser.main() == 1
    assert "apt-get install chromium" in capsys.readouterr().err
