"""Starts Vigie from an installed wheel, where its folders live under the one name ``vigie``."""

import sys
from pathlib import Path


def main() -> None:
    """Put this folder on the path of this process, as Python does for a zipped program."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from bot.__main__ import main as start  # noqa: PLC0415 - only importable from here on

    start()


if __name__ == "__main__":
    main()
