"""Libraries as subjects: one module each, with `operators()` and the laws it is known to break in `DEVIATIONS`."""
