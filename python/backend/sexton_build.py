"""Builds the wheel with maturin, and puts the program `sexton` into it as a script."""
import json
import os
import shutil
import subprocess
from pathlib import Path

from maturin import (  # noqa: F401  (hooks that pip calls)
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)
import maturin

HERE = Path(__file__).resolve().parent.parent


def _program() -> None:
    """Builds the program and copies it to where maturin takes scripts from."""
    cargo = os.environ.get('CARGO', 'cargo')
    subprocess.run([cargo, 'build', '--release', '--locked', '--package', 'sexton'],
                   cwd=HERE.parent, check=True)
    told = subprocess.run([cargo, 'metadata', '--format-version=1', '--no-deps', '--locked'],
                          cwd=HERE.parent, check=True, capture_output=True)
    target = Path(json.loads(told.stdout)['target_directory'])
    scripts = HERE / 'sexton.data' / 'scripts'
    scripts.mkdir(parents=True, exist_ok=True)
    shutil.copy2(target / 'release' / 'sexton', scripts / 'sexton')
    # Without the names of its functions it has a tenth of the size.
    if shutil.which('strip'):
        subprocess.run(['strip', str(scripts / 'sexton')], check=True)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _program()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    _program()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)
