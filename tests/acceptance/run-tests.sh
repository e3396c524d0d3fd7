#!/usr/bin/env bash
# Runs every test of the workspace, and ends with one line over all of them:
# 'N passed, N failed'. Exit status 0 only if all of them ran and passed. Where nobody
# watches, what has not ended after 50 minutes, building included, has failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
cargo=${1:-cargo}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
bound=()
if [ ! -t 0 ] && command -v timeout >/dev/null; then
  bound=(timeout --kill-after=30s 50m)
fi
${bound[@]+"${bound[@]}"} "$cargo" test --release --workspace --no-fail-fast 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" = 124 ]; then
  echo "the tests did not end within 50 minutes: the last one named above is the one that hangs"
fi
# test result: ok. 12 passed; 0 failed; 0 ignored; …
read -r passed failed < <(awk '/^test result: / {
  for (i = 2; i <= NF; i++) { if ($i == "passed;") p += $(i - 1); if ($i == "failed;") f += $(i - 1) }
} END { print p + 0, f + 0 }' "$log")
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
  # It did not build, or ended before it could count.
  failed=1
fi
echo "$passed passed, $failed failed"
[ "$status" = 0 ] && [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
