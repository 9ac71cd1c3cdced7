"""What lint makes of findings: told to writers, editors and other programs, held against a baseline, mended in place."""
