"""Measures the assistant, by subject, and writes the committed reports to evaluation/reports/."""

from bot.settings import ROOT

REPORTS = ROOT / "evaluation" / "reports"
