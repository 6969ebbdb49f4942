"""Measures the assistant, with a package for each subject, and writes the committed reports in evaluation/reports/."""

from bot.settings import ROOT

REPORTS = ROOT / "evaluation" / "reports"
