"""Debian's mariadbd on a free port, to compare with."""

from __future__ import annotations

import shutil
import subprocess

from lib.peer import Peer

USER = "octavo"  # may do everything, without a password


def installed() -> bool:
    return shutil.which("mariadbd") is not None


class MariadbServer(Peer):
    name = "mariadbd"
    start_limit_s = 30.0

    def command(self) -> list[str]:
        data = self.folder / "data"
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root",
                        "--skip-test-db"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        init = self.folder / "init.sql"
        init.write_text(f"CREATE USER '{USER}'@'localhost';\n"
                        f"GRANT ALL ON *.* TO '{USER}'@'localhost';\n", encoding="utf-8")
        return ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.folder}/socket",
                f"--port={self.port}", f"--bind-address={self.host}", "--user=root",
                f"--pid-file={self.folder}/pid", f"--init-file={init}"]
