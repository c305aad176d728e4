"""An environment for each library, made when it is first needed.

They are apart because the names clash: HIPS autograd is imported as `autograd`, as this project is.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / ".peers"
REQUIREMENTS = {
    "chalkgrad": ("--editable", f"{ROOT}[fast]"),
    "pytorch": ("torch==2.13.0", "numpy"),
    "jax": ("jax", "jaxlib"),
    "mygrad": ("mygrad",),
    "hips": ("autograd",),
    "micrograd": ("micrograd", "numpy"),
}


def python(name: str) -> Path:
    """The interpreter of an environment, which is made if it is missing or out of date."""
    folder = FOLDER / name
    interpreter = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    wanted = " ".join(REQUIREMENTS[name])
    if stamp.exists() and stamp.read_text() == wanted:
        return interpreter
    print(f"making an environment for {name}: {wanted}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "threadpoolctl"]
    subprocess.run([str(interpreter), *install, *REQUIREMENTS[name]], check=True)
    stamp.write_text(wanted)
    return interpreter
