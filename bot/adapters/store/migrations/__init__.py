"""The history of the schema; Alembic finds it by its place, not by its name."""
