#!/usr/bin/env bash
# Installs the clients that the acceptance tests run, unmodified, into tests/clients.
# Does nothing when what is asked for is there. Needs python3 with venv and pip, node with
# npm, openssl, the servers and tools of PostgreSQL and MariaDB, and the package registries
# that those are configured for. What is missing is installed with apt-get by root, after
# saying so, unless CLIENTS_APT=no; otherwise named.
set -euo pipefail
cd "$(dirname "$0")"
clients=$(cd .. && pwd -P)/clients
python=${PYTHON:-python3}

missing=()
command -v "$python" >/dev/null || missing+=(python3 python3-pip)
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
command -v npm >/dev/null || missing+=(nodejs npm)
command -v openssl >/dev/null || missing+=(openssl)

# Whether one of the folders given first, up to "--", holds all the programs after it.
together() {
  local folders=() folder program
  while [ "$1" != -- ]; do
    folders+=("$1")
    shift
  done
  shift
  for folder in "${folders[@]}"; do
    for program in "$@"; do
      [ -x "$folder/$program" ] || continue 2
    done
    return 0
  done
  return 1
}
# Debian keeps the programs of the servers where PATH does not lead.
IFS=: read -ra path <<<"$PATH"
postgresql=(/usr/lib/postgresql/*/bin "${path[@]}")
together "${postgresql[@]}" -- postgres initdb psql pgbench pg_basebackup pg_receivewal pg_dump ||
  missing+=(postgresql)
# The package without "core" would also bring a service, and a data folder.
together /usr/sbin "${path[@]}" -- mariadbd || missing+=(mariadb-server-core)
together "${path[@]}" -- mariadb mariadb-dump mariadb-binlog || missing+=(mariadb-client)
together "${path[@]}" -- mariadb-backup mbstream || missing+=(mariadb-backup)

# While packages are installed no service is started and no database cluster made: the tests
# start servers of their own. What was said about that before is left as it is.
no_service() {
  local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d
  trap 'rm -f "${made[@]}"' EXIT
  made=("$cluster/sexton-tests.conf")
  mkdir -p "$cluster"
  echo "create_main_cluster = off" >"${made[0]}"
  if [ ! -e "$policy" ]; then
    made+=("$policy")
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
}
if [ ${#missing[@]} -gt 0 ]; then
  install=(apt-get install -yq --no-install-recommends "${missing[@]}")
  if [ "$(id -u)" != 0 ] || [ "${CLIENTS_APT:-}" = no ] || ! command -v apt-get >/dev/null; then
    echo "clients: what the tests need is missing: install the packages ${missing[*]}" >&2
    exit 1
  fi
  echo "clients: what the tests need is missing, and you are root. This now changes the system:"
  echo "clients:   apt-get update && ${install[*]}"
  echo "clients: no service is started by that, and no database made"
  echo "clients: (CLIENTS_APT=no make test leaves that to you)"
  no_service
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
