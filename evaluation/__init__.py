"""Measures the assistant and writes the committed reports in evaluation/reports/. Each subject has its own package."""

from bot.settings import ROOT

REPORTS = ROOT / "evaluation" / "reports"
