"""Benchmarks, with their latest reports."""
