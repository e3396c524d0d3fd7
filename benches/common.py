"""What the benchmarks of the whole program share: the binary, a folder on a disk, a server."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'))
SEXTON = os.environ.get('SEXTON_BIN', str(TARGET / 'release/sexton'))
START_SECONDS_MAX = 900


def folder():
    """A temporary folder on a disk: one in memory would measure nothing."""
    home = pathlib.Path(os.environ.get('SEXTON_BENCH_DIR', TARGET / 'tmp'))
    home.mkdir(parents=True, exist_ok=True)
    return pathlib.Path(tempfile.mkdtemp(prefix='bench-', dir=home))


def number(variable, usual):
    return int(os.environ.get(variable, usual))


class Server:
    """`sexton serve`, until the end of a `with`."""

    def __init__(self, data, *words):
        self.data, self.words = data, words

    def __enter__(self):
        if not shutil.which(SEXTON):
            sys.exit(f'there is no {SEXTON}: cargo build --release, or set SEXTON_BIN')
        log = self.data.parent / 'log'
        command = [SEXTON, 'serve', '--listen', '127.0.0.1:0', '--data', self.data, *self.words]
        with open(log, 'wb') as out:
            self.process = subprocess.Popen(command, stderr=out, stdout=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS_MAX
        while 'sexton serves at ' not in log.read_text():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f'the server did not start: {log.read_text()}')
            time.sleep(0.02)
        line = log.read_text().split('sexton serves at ')[1]
        self.url = line.split()[0].rstrip(',')
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def environment(self, key, secret):
        return environment(self.url, key, secret)


def environment(url, key, secret):
    """The environment of a client of this server, and of nothing else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith('AWS_')}
    return {**kept, 'AWS_ENDPOINT_URL': url, 'AWS_ACCESS_KEY_ID': key,
            'AWS_SECRET_ACCESS_KEY': secret, 'AWS_DEFAULT_REGION': 'us-east-1',
            'AWS_REGION': 'us-east-1', 'AWS_EC2_METADATA_DISABLED': 'true',
            'NO_PROXY': '127.0.0.1', 'no_proxy': '127.0.0.1'}
