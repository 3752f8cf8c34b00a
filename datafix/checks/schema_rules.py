"""Rules that were declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from datafix.checks.tables import Tables
from datafix.engines import select
from datafix.report import Issue

HINT = (
    "Mend the rows, or the schema. row_steps=[datafix.DropInvalid(schema)] leaves them out of the fit; "
    "datafix.SchemaValidator(schema, on_invalid='null') makes such cells missing, in serving too."
)


@dataclass(frozen=True)
class SchemaRules:
    """Find rows that break the schema."""

    name: ClassVar[str] = "schema_rules"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "schema"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for each rule and table."""
        schema = tables.schema
        assert schema is not None  # it stands in needs
        for table in tables.both:
            apart = set(table.roles.values()) - set(table.columns)
            rows = table.frame if table.whole is None else select(table.source, table.columns)
            for issue in schema.without(apart).validate(rows).issues:
                yield replace(
                    issue, check=self.name, table=table.part, hint=HINT if issue.rows is not None else issue.hint
                )
