"""The only place that knows SQL. One code path for SQLite and PostgreSQL."""
