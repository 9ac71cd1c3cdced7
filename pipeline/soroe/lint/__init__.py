"""Lint: the findings of a run, told to writers, editors and other programs, and mended in place when asked."""
