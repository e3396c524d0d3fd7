"""A server of a script's own: the real program, for the scripts that stop it, kill it or look
into it. Its data folder and its log lie below SCRATCH, which goes when the script ends."""
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

from checks import aws_env

aws_env('')
import boto3  # noqa: E402  (after the environment)
from botocore.config import Config  # noqa: E402

scratch = tempfile.mkdtemp(prefix='sexton-test-')
data, log = os.path.join(scratch, 'data'), os.path.join(scratch, 'log')
os.environ['SEXTON_DATA'] = data


class Server:
    """`sexton serve` with WORDS besides, until it ends or the script does."""

    def __init__(self, *words, restore_signals=True):
        with open(log, 'ab') as out:
            self.child = subprocess.Popen(
                [os.environ['SEXTON_BIN'], 'serve', '--data', data, '--listen', '127.0.0.1:0',
                 *words], stdout=subprocess.PIPE, stderr=out, cwd=scratch,
                restore_signals=restore_signals)
        atexit.register(self.end)

    def ready(self):
        """Waits until it listens."""
        if not self.child.stdout.readline():
            raise SystemExit('the server does not start')
        with open(os.path.join(data, 'aws-profile')) as file:
            profile = dict(it.strip().split(' = ', 1) for it in file if ' = ' in it)
        self.url = profile['endpoint_url']
        config = Config(retries={'total_max_attempts': 1}, max_pool_connections=32,
                        connect_timeout=60, read_timeout=300)
        self.backup = boto3.client('backup', endpoint_url=self.url, config=config,
                                   aws_access_key_id=profile['aws_access_key_id'],
                                   aws_secret_access_key=profile['aws_secret_access_key'])
        return self

    def end(self, how=signal.SIGKILL):
        """Sends it a signal and gives its exit status."""
        atexit.unregister(self.end)
        self.child.send_signal(how)
        status = self.child.wait()
        self.child.stdout.close()
        return status

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return answer.read().decode()


@atexit.register
def clear():
    with open(log) as file:
        sys.stderr.write(file.read()[-4000:])
    shutil.rmtree(scratch, ignore_errors=True)
