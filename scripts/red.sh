#!/usr/bin/env bash
# Runs the rows of this checkout against the program of another commit, and says which
# are red there: ./scripts/red.sh COMMIT [ROW...]. Where rows are named, what they print
# is shown too. Some rows read a real slapd: `make servers` installs it.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=$(git rev-parse --verify --quiet --short "${1:-}^{commit}") || {
	echo "red.sh: say ./scripts/red.sh COMMIT [ROW...]; \"${1:-}\" is no commit" >&2
	exit 2
}
shift
pattern=
for row in "$@"; do
	row=$(basename "$row" .txtar)
	pattern+=${pattern:+|}$row
done

dir=$(mktemp -d)
trap 'git worktree remove --force "$dir/checkout" 2>/dev/null || true; rm -rf "$dir"' EXIT
git worktree add --quiet --detach "$dir/checkout" "$commit"
(cd "$dir/checkout" && go build -o "$dir/writersync" ./cmd/writersync) # one that cannot be built has no red rows

status=0
WRITERSYNC_CHECKOUT="$dir/checkout" go test -tags e2e -count=1 -v ./cmd/writersync -run "^Test(Server)?Rows\$/^(${pattern:-.*})\$" >"$dir/output" 2>&1 || status=$?
sed -n 's/^    --- FAIL: Test[A-Za-z]*Rows\/\(.*\) (.*)$/red    \1/p; s/^    --- PASS: Test[A-Za-z]*Rows\/\(.*\) (.*)$/green  \1/p' "$dir/output" | sort -k2 >"$dir/rows"
red=$(grep -c '^red' "$dir/rows" || true)
green=$(grep -c '^green' "$dir/rows" || true)

# Of rows that were named each has run; and a failure that is of no row is no red row.
if [ "$((red + green))" -eq 0 ] || { [ "$#" -gt 0 ] && [ "$((red + green))" -ne "$#" ]; } || { [ "$status" -ne 0 ] && [ "$red" -eq 0 ]; }; then
	cat "$dir/output" >&2
	echo "red.sh: not every row has run" >&2
	exit 1
fi
[ "$#" -eq 0 ] || cat "$dir/output"
cat "$dir/rows"
echo "$red red, $green green at $commit"
