"""Laws of this step."""
