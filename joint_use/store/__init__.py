"""Joint use in PostgreSQL: the control database."""
