"""The store: what is kept, where, and how it gets there.

keys        what is stored, what is unique, what refers to what: one truth for both stores.
convert     values <-> rows of plain values.
conditions  questions, checked before anyone answers them.
turn        who writes now.
memory      InMemoryStore: dicts, for tests and for the demonstration.
tables      the SQL schema (SQLModel); ``migrations`` holds its history (Alembic).
engine      how a database is opened, and which of its errors are an Outage.
migrate     brings a database up to this version, with a copy first.
sql         SqlStore: SQLite, or PostgreSQL.

Import the store you need from its own module.
"""
