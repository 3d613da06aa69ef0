"""Run by Alembic, on the connection and inside the transaction of ``migrate``."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.adapters.store.tables import CodePoints, Row, Tuples, UtcDateTime

_PLAIN = {
    CodePoints: "words",
    Tuples: "sa.Text()",
    UtcDateTime: "sa.DateTime(timezone=True)",
}


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write plain types in migrations: they must outlive ours."""
    return _PLAIN.get(type(item), False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
