"""Builds the wheel, checks that one name reaches site-packages, installs it and starts it."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Fail with a sentence at the first thing that is not as it should."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder))
        names = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
        strangers = {name for name in names if name != "vigie" and not name.endswith(".dist-info")}
        if strangers:
            sys.exit(f"the wheel puts {sorted(strangers)} into site-packages")
        said = start(wheel, Path(folder))
        if not said.startswith("vigie "):
            sys.exit(f"the installed vigie said {said!r}")


def build(folder: Path) -> Path:
    """The wheel of this checkout, built without a network by the locked hatchling."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    return next(folder.glob("*.whl"))


def start(wheel: Path, folder: Path) -> str:
    """What ``vigie --version`` says from an environment that has only the wheel added."""
    target = folder / "environment"
    venv.create(target, with_pip=False, symlinks=True)
    python = target / "bin" / "python"
    site = next((target / "lib").glob("python*/site-packages"))
    # The locked dependencies are lent; the wheel alone is installed.
    here = next((ROOT / ".venv" / "lib").glob("python*/site-packages"), Path(sys.path[-1]))
    lent = next((Path(path) for path in sys.path if path.endswith("site-packages")), here)
    (site / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--ignore-installed",
        str(wheel),
    )
    return run(str(target / "bin" / "vigie"), "--version", cwd=folder)


def run(*command: str, cwd: Path = ROOT) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
