"""Makes the picture of a recorded search's page: writes the page and photographs it with Chromium.

.venv/bin/python docs/screenshot.py TRACE [--db PATH]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).parent / "images" / "trace.png"
SIZE = "1400,900"


def main(trace: str, *options: str) -> None:
    """Write docs/images/trace.png."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "trace.html"
        reason = Path(sys.executable).parent / "reason"
        subprocess.run([reason, "trace", "show", trace, *options, "--html", page], check=True)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}"]
        subprocess.run(["chromium", *flags, f"--screenshot={PICTURE}", page.as_uri()], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
