#!/usr/bin/env bash
# Installs the clients that the acceptance tests run, unmodified, into tests/clients.
# Does nothing when what is asked for is there. Needs python3 with venv and pip, node with
# npm, openssl, and the package registries that those are configured for. What is missing is
# installed with apt-get by root, after saying so, unless CLIENTS_APT=no; otherwise named.
set -euo pipefail
cd "$(dirname "$0")"
clients=$(cd .. && pwd -P)/clients
python=${PYTHON:-python3}

missing=()
command -v "$python" >/dev/null || missing+=(python3 python3-pip)
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
command -v npm >/dev/null || missing+=(nodejs npm)
command -v openssl >/dev/null || missing+=(openssl)
if [ ${#missing[@]} -gt 0 ]; then
  install=(apt-get install -yq --no-install-recommends "${missing[@]}")
  if [ "$(id -u)" != 0 ] || [ "${CLIENTS_APT:-}" = no ] || ! command -v apt-get >/dev/null; then
    echo "clients: what the tests need is missing: install the packages ${missing[*]}" >&2
    exit 1
  fi
  echo "clients: what the tests need is missing, and you are root. This now changes the system:"
  echo "clients:   apt-get update && ${install[*]}"
  echo "clients: (CLIENTS_APT=no make test leaves that to you)"
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive "${install[@]}"
fi

# What is installed, and where: environments do not survive being moved.
wanted() {
  echo "$clients"
  cat requirements.txt requirements-custodian.txt package.json package-lock.json
}
if wanted | cmp -s - "$clients/installed"; then
  echo "clients: already installed in tests/clients"
  exit 0
fi

# A registry that does not answer ends this, and does not hold it up for ever.
bound=()
if command -v timeout >/dev/null; then
  bound=(timeout --kill-after=10s 10m)
fi
python_environment() {
  "$python" -m venv "$clients/$1"
  ${bound[@]+"${bound[@]}"} \
    "$clients/$1/bin/pip" install -q --disable-pip-version-check -r "$2"
}

rm -rf "$clients"
mkdir -p "$clients"
echo "clients: installing for Python"
python_environment venv requirements.txt
python_environment custodian requirements-custodian.txt
echo "clients: installing for Node"
cp package.json package-lock.json "$clients/"
(cd "$clients" && ${bound[@]+"${bound[@]}"} npm ci --no-fund --no-audit --silent)
wanted >"$clients/installed"
echo "clients: installed in tests/clients"
