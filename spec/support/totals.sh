#!/usr/bin/env bash
# Runs targets of the Makefile one after another, whatever becomes of each, and adds up the tests
# that they report: usage `MAKE=make totals.sh TARGET...`. The last line is `N passed, N failed`;
# the exit status is 0 only when nothing failed.
# What counts as a test: busted's summary lines (errors and pending cases are failures), cargo
# test's result lines, and lines that start with `ok - ` or `not ok - `. A target that fails
# without having reported a failed test counts as one.
set -u

logs=build/test
mkdir -p "$logs"

# Prints "PASSED FAILED" for a log.
count() {
  awk '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^test result: / { passed += $4; failed += $6 }
    /^[0-9]+ success(es)? \/ [0-9]+ failures? \/ [0-9]+ errors? \/ [0-9]+ pending/ { passed += $1; failed += $4 + $7 + $10 }
    /^ok - / { passed++ }
    /^not ok - / { failed++ }
    END { print passed + 0, failed + 0 }
  ' "$1"
}

# Prints what of a log tells why its target failed: it comes again at the end, where it is seen.
recap() {
  grep -nE -A12 '^(Failure|Error) (→|->)|^not ok - |^==[0-9]+== |^test .* FAILED|panicked at|^error(\[|:)|\*\*\* |: warning|Segmentation|Aborted|Killed' \
    "$1" | cut -c1-300 | head -80
}

broken=
total_passed=0
total_failed=0
table=
for target in "$@"; do
  printf '\n==== %s\n' "$target"
  start=$SECONDS
  # --keep-going: one failing prerequisite does not hide the others either.
  $MAKE --no-print-directory --keep-going "$target" 2>&1 </dev/null | tee "$logs/$target.log"
  status=${PIPESTATUS[0]}
  read -r passed failed <<<"$(count "$logs/$target.log")"
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
  fi
  if [ "$failed" -ne 0 ]; then
    broken+=$(printf '\n== %s\n' "$target"; recap "$logs/$target.log")$'\n'
  fi
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  table+=$(printf '%-16s %6d passed %6d failed %5d s' "$target" "$passed" "$failed" $((SECONDS - start)))$'\n'
done

printf '%s' "$broken"
printf '\n%s\n%d passed, %d failed\n' "$table" "$total_passed" "$total_failed"
[ "$total_failed" -eq 0 ]
