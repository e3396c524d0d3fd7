#!/usr/bin/env bash
# Installs the clients that the acceptance tests run, unmodified, into tests/clients.
# Does nothing when what is asked for is there. Needs python3 with venv and pip, node and
# npm, and the package registries that those are configured for.
set -euo pipefail
cd "$(dirname "$0")"
clients=$(cd .. && pwd -P)/clients
python=${PYTHON:-python3}

apt_install() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "clients: $1 is missing: install the packages: $2" >&2
    exit 1
  fi
  echo "clients: $1 is missing: installing $2"
  apt-get update -q
  # shellcheck disable=SC2086  # a list of packages
  DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends $2
}
command -v "$python" >/dev/null || apt_install python3 "python3 python3-venv python3-pip"
"$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install "python's venv" python3-venv
command -v npm >/dev/null || apt_install "node and npm" "nodejs npm"
command -v openssl >/dev/null || apt_install openssl openssl

# What is installed, and where: environments do not survive being moved.
wanted() {
  echo "$clients"
  cat requirements.txt package.json package-lock.json
}
if wanted | cmp -s - "$clients/installed"; then
  echo "clients: already installed in tests/clients"
  exit 0
fi

rm -rf "$clients"
mkdir -p "$clients"
echo "clients: installing for Python"
"$python" -m venv "$clients/venv"
"$clients/venv/bin/pip" install -q --disable-pip-version-check -r requirements.txt
echo "clients: installing for Node"
cp package.json package-lock.json "$clients/"
(cd "$clients" && npm ci --no-fund --no-audit --silent)
wanted >"$clients/installed"
echo "clients: installed in tests/clients"
