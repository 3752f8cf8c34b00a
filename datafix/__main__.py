"""The command ``datafix`` as ``python -m datafix``."""

from datafix.cli import main

if __name__ == "__main__":
    main()
