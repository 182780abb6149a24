"""Tandem's benchmark: what scripts/bench runs."""
