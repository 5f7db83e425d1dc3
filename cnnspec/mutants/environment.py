"""Mutants of this step."""
