"""PostgreSQL: the tables of a tenant, group commit, the readers of queries."""
