"""Real database servers in temporary folders; the twin of `crates/testing`.

    with MariaDb() as server:
        server.query("SELECT 1")

A server listens on a socket in its folder and on a free port of this machine, and runs as an
unprivileged user if root runs the script. Its start is waited for by asking it. It ends with
the `with`, and with the script, however that ends.
"""

import contextlib
import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

USER = "sexton"
# Has what must be quoted in settings, in SQL and in shells.
PASSWORD = "a \"b\" 'c' \\d #e $f;g%h"

# The user that is nobody, and its group: database servers refuse to run as root.
NOBODY = 65534
START_SECONDS_MAX = 180
PAUSE_SECONDS = 0.02

# Runs a server until its input ends or itself does. That the input ends when the script does,
# killed or not, is why this stands between the two.
KEEPER = r"""
end=$1; shift; exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ read -r line <&3; kill -s "$end" $server; } & keeper=$!
exec 3<&-
wait $server; status=$?; kill $keeper; exit $status
"""


def program(name, folders=()):
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if not found:
        raise SystemExit(f"{name} is not installed: run `make clients`")
    return found


def as_nobody():
    if os.geteuid() != 0:
        return {"cwd": "/"}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}


def output(command, **more):
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, **more)
    out = ended.stdout.decode(errors="replace")
    if ended.returncode:
        said = out + ended.stderr.decode(errors="replace")
        raise RuntimeError(f"{command[0]}: {ended.returncode}\n{said}")
    return out.rstrip()


def hand_over(path):
    """Gives a tree to the user that servers run as."""
    if os.geteuid() != 0:
        return
    os.lchown(path, NOBODY, NOBODY)
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            os.lchown(os.path.join(folder, name), NOBODY, NOBODY)


class Server:
    """What both engines have in common."""

    end = None  # The signal that ends it at once.

    def __init__(self, options=(), over=None):
        """Starts an empty server, or one over a data folder, which it takes away."""
        self.options = list(options)
        self._outer = tempfile.TemporaryDirectory(prefix="sx")
        os.chmod(self._outer.name, 0o711)
        self.folder = pathlib.Path(self._outer.name, "server")
        self.folder.mkdir(mode=0o700)
        hand_over(self.folder)
        self.data = self.folder / "data"
        self._keeper = None
        try:
            if over is None:
                self._install()
            else:
                shutil.move(over, self.data)
                hand_over(self.data)
            self.start_again()
            if over is None:
                self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._keeper:
            self._keeper.stdin.close()
            self._keeper.wait()
            self._keeper = None
        self._outer.cleanup()

    def start_again(self):
        """Starts it over its own data. The port may be another one."""
        begun = time.monotonic()
        while True:
            said = self._try_start()
            if said is None:
                return
            # Somebody else has the port now; or the last processes of a server that was
            # killed have not ended yet.
            again = "address already in use" in said.lower() or "is still in use" in said
            if not again or time.monotonic() - begun > START_SECONDS_MAX:
                raise RuntimeError(f"a server did not start: {said}")
            time.sleep(PAUSE_SECONDS)

    def _try_start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        log = self.folder / "log"
        with open(log, "wb") as words:
            keeper = ["/bin/sh", "-c", KEEPER, "keeper", self.end, *self._command()]
            self._keeper = subprocess.Popen(
                keeper, stdin=subprocess.PIPE, stdout=words, stderr=words, **as_nobody()
            )
        begun = time.monotonic()
        while True:
            with contextlib.suppress(RuntimeError):
                self._ask()
                if self._keeper.poll() is None:
                    return None
            if self._keeper.poll() is not None:
                self._keeper.stdin.close()
                self._keeper = None
                return log.read_text(errors="replace")
            if time.monotonic() - begun > START_SECONDS_MAX:
                return "no answer: " + log.read_text(errors="replace")
            time.sleep(PAUSE_SECONDS)

    def kill(self):
        """Ends it at once, without a last word, and waits for its end."""
        os.kill(self.process(), signal.SIGKILL)
        self._keeper.wait()
        self._keeper.stdin.close()
        self._keeper = None

    def process(self):
        return int(self._pid_file().read_text().split()[0])


class MariaDb(Server):
    """MariaDB, with its binary log on. Options are those of `mariadbd`."""

    end = "KILL"

    def _install(self):
        install = [program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}"]
        install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        install += ["--skip-name-resolve", "--innodb-log-file-size=8M"]
        install += [f"--tmpdir={self.folder}"]
        output(install, **as_nobody())

    def _command(self):
        command = [program("mariadbd", ["/usr/sbin"]), "--no-defaults"]
        command += [f"--datadir={self.data}", f"--socket={self.socket}"]
        command += [f"--pid-file={self._pid_file()}", "--bind-address=127.0.0.1"]
        command += [f"--port={self.port}", "--log-bin=binlog", "--server-id=1"]
        # A server that starts removes temporary tables, also those of others.
        command += [f"--tmpdir={self.folder}"]
        command += ["--skip-name-resolve", "--innodb-use-native-aio=OFF"]
        command += ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"]
        return [*command, "--innodb-flush-log-at-trx-commit=2", *self.options]

    def _prepare(self):
        name = f"'{USER}'@'127.0.0.1'"
        password = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        self.query(
            f"CREATE USER {name} IDENTIFIED BY '{password}';"
            f"GRANT ALL ON *.* TO {name} WITH GRANT OPTION"
        )

    def _pid_file(self):
        return self.folder / "pid"

    def _ask(self):
        self.query("SELECT 1")

    @property
    def socket(self):
        """The socket on which the user `root` needs no password."""
        return self.folder / "socket"

    def query(self, sql):
        """What a client prints for some SQL: a line for each row, with tabs between values."""
        client = [program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root"]
        return output([*client, "--batch", "--skip-column-names", "--execute", sql])


class PostgreSql(Server):
    """PostgreSQL, of the newest version that is installed. Options are `name=value`."""

    end = "QUIT"  # So that its own processes end with it.

    @staticmethod
    def program(name):
        """Where a program of this version of PostgreSQL is."""
        found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
        folders = sorted((os.path.dirname(it) for it in found), key=lambda it: int(it.split("/")[4]))
        return program(name, folders[-1:])

    def _install(self):
        password = self.folder / "password"
        password.write_text(PASSWORD)
        hand_over(password)
        init = [self.program("initdb"), "--pgdata", str(self.data), f"--username={USER}"]
        init += ["--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256"]
        init += ["--encoding=UTF8", "--locale=C", f"--pwfile={password}"]
        output(init, **as_nobody())

    def _command(self):
        command = [self.program("postgres"), "-D", str(self.data), "-k", str(self.folder)]
        command += ["-h", "127.0.0.1", "-p", str(self.port)]
        command += ["-c", "fsync=off", "-c", "shared_buffers=16MB"]
        return command + [part for option in self.options for part in ("-c", option)]

    def _prepare(self):
        pass

    def _pid_file(self):
        return self.data / "postmaster.pid"

    def _ask(self):
        self.query("postgres", "SELECT 1")

    def query(self, database, sql):
        """What a client prints for some SQL: a line for each row, with `|` between values."""
        psql = [self.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", USER]
        psql += ["-d", database, "-h", str(self.folder), "-p", str(self.port), "-c", sql]
        return output(psql)
