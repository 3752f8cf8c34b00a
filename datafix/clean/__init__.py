"""Cells mended: values that stand for missing, numbers kept as text, spellings; and class names."""

from datafix.clean.category_cleaner import CategoryCleaner
from datafix.clean.sentinel_cleaner import SentinelCleaner
from datafix.clean.target_cleaner import TargetCleaner
from datafix.clean.type_cleaner import TypeCleaner

__all__ = ["CategoryCleaner", "SentinelCleaner", "TargetCleaner", "TypeCleaner"]
