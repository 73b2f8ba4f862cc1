"""PostgreSQL: what tenants ask of their data, in the control database."""
