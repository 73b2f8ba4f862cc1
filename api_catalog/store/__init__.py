"""PostgreSQL: the catalog in the control database."""
