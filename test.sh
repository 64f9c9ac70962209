#!/usr/bin/env bash
# Installs what the tests need, runs every test project and ends with the summed line "N passed, N failed[, N skipped]".
set -uo pipefail
cd "$(dirname "$0")"
results=artifacts/test-results
rm -rf "$results"
dotnet test Emend.slnx -c Release --nologo --logger trx --results-directory "$results" "$@"
status=$?
read -r passed failed skipped < <(cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | awk '
  function value(name,  m) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
  { total += value("total"); passed += value("passed"); failed += value("failed") + value("error") + value("timeout") + value("aborted") }
  END { print passed + 0, failed + 0, total - passed - failed }')
if [ "${skipped:-0}" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "${passed:-0} passed, ${failed:-0} failed"; fi
[ "$status" -eq 0 ] && [ "${passed:-0}" -gt 0 ]
