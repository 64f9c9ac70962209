#!/usr/bin/env bash
# Installs what the tests need, runs every test project, names what was skipped and ends with the summed line
# "N passed, N failed[, N skipped]". Arguments go to `dotnet test`. EMEND_SOAK=1 runs the long soaks too.
set -uo pipefail
cd "$(dirname "$0")"

if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET 10 SDK is missing (dotnet is not on PATH): https://dotnet.microsoft.com/download" >&2
  echo "0 passed, 1 failed"
  exit 1
fi

# need COMMAND PACKAGE: installs a Debian package that provides a command, or says what will be skipped.
need() {
  command -v "$1" >/dev/null && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    { "${as_root[@]}" apt-get update -q && "${as_root[@]}" apt-get install -y -q --no-install-recommends "$2"; } >/dev/null 2>&1 && return
  fi
  echo "test.sh: '$1' is missing and could not be installed (Debian package $2): the tests that need it are skipped by name"
}
need mount mount
need curl curl

results=artifacts/test-results
rm -rf "$results"
dotnet test Emend.slnx -c Release --nologo --logger trx --results-directory "$results" "$@"
status=$?

grep -ho 'testName="[^"]*"[^>]*outcome="NotExecuted"' "$results"/*.trx 2>/dev/null | sed 's/testName="\([^"]*\)".*/skipped: \1/' | sort
read -r passed failed skipped < <(cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | awk '
  function value(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
  { total += value("total"); passed += value("passed"); failed += value("failed") + value("error") + value("timeout") + value("aborted") }
  END { print passed + 0, failed + 0, total - passed - failed }')
[ "$status" -eq 0 ] || [ "${failed:-0}" -gt 0 ] || failed=1  # a build or a test host that broke counts as a failure
if [ "${skipped:-0}" -gt 0 ]; then echo "${passed:-0} passed, $failed failed, $skipped skipped"; else echo "${passed:-0} passed, ${failed:-0} failed"; fi
[ "$status" -eq 0 ] && [ "${passed:-0}" -gt 0 ]
