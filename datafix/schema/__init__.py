"""What the columns of a table must hold, inferred or declared."""

from datafix.schema.column_rule import ColumnRule
from datafix.schema.inferring import infer_schema
from datafix.schema.relation import Relation
from datafix.schema.schema import Schema
from datafix.schema.schema_validator import SchemaValidator

__all__ = ["ColumnRule", "Relation", "Schema", "SchemaValidator", "infer_schema"]
