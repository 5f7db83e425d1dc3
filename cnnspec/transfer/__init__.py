"""Step 8."""
