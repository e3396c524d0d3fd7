#!/usr/bin/env python3
"""The package for Python: its wheel is built, installed into a fresh environment, and run there.
usage: python_package.py ENDPOINT_URL SCRIPT [ARGUMENT...]

The environment has nothing but the wheel; boto3 and avtomat-aws are read from where the clients
are installed. The wheel is built once for all scripts, under a lock."""
import fcntl
import glob
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check', '-q']
programs = os.path.dirname(sys.executable)


def run(words, **more):
    ended = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           **more)
    if ended.returncode:
        sys.exit(f'{words}: {ended.returncode}\n{ended.stdout[-8000:]}')


scratch = tempfile.mkdtemp(prefix='sexton-python-')
try:
    environment = {**os.environ, 'PATH': programs + os.pathsep + os.environ['PATH']}
    # Two builds in one folder would take each other's files.
    with open(os.path.join(root, 'python', 'pyproject.toml')) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run([*pip, 'wheel', '--no-build-isolation', '--no-deps', '--wheel-dir', scratch,
             os.path.join(root, 'python')], env=environment)
    wheel, = glob.glob(os.path.join(scratch, '*.whl'))
    fresh = os.path.join(scratch, 'fresh')
    run([sys.executable, '-m', 'venv', '--without-pip', fresh])
    python = os.path.join(fresh, 'bin', 'python')
    run([*pip, '--python', python, 'install', '--no-index', '--no-deps', wheel])
    folder, = glob.glob(os.path.join(fresh, 'lib', 'python*', 'site-packages'))
    with open(os.path.join(folder, 'clients.pth'), 'w') as path:
        path.write(sysconfig.get_path('purelib') + '\n')
    environment['WHEEL'] = wheel
    script = os.path.join(here, sys.argv[2])
    ended = subprocess.run([python, script, sys.argv[1], *sys.argv[3:]], env=environment)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
sys.exit(ended.returncode)
