#!/usr/bin/env bash
# Counts the product's lines of Go that decide: packages syncer, syncer/plan, syncer/guard and
# syncer/store, without tests. ./scripts/lines.sh [COMMIT...]; without one, the checkout.
# "code" is without blank lines and lines that are a comment.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(syncer/plan syncer/guard syncer syncer/store)

files() { # of a package, at a commit or in the checkout
	if [ -n "$1" ]; then
		git ls-tree --name-only "$1" "$2/" | grep '\.go$' | grep -v '_test\.go$' || true
	else
		find "$2" -maxdepth 1 -name '*.go' ! -name '*_test.go' | sort
	fi
}

count() {
	local commit=$1 all=0 code=0 package lines of
	printf '%s\n' "${commit:-checkout}"
	for package in "${packages[@]}"; do
		lines=0 of=0
		while read -r file; do
			text=$(if [ -n "$commit" ]; then git show "$commit:$file"; else cat "$file"; fi)
			lines=$((lines + $(wc -l <<<"$text")))
			of=$((of + $(grep -cvE '^[[:space:]]*(//.*)?$' <<<"$text")))
		done < <(files "$commit" "$package")
		printf '  %-13s %6d lines  %6d code\n' "$package" "$lines" "$of"
		all=$((all + lines)) code=$((code + of))
	done
	printf '  %-13s %6d lines  %6d code\n' all "$all" "$code"
}

if [ $# -eq 0 ]; then
	count ""
fi
for commit in "$@"; do
	count "$(git rev-parse --verify --short "$commit^{commit}")"
done
