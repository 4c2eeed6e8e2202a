#!/usr/bin/env bash
# Puts Prism and Okta's description of its interface into .cache, for the end-to-end
# test that holds every request of connectors/okta against it. The description is not
# ours to keep: it is taken from the module in which Okta publishes it.
set -euo pipefail
cd "$(dirname "$0")/.."

to=.cache/prism
module=github.com/okta/okta-sdk-golang/v5@v5.0.2
file=.generator/okta-management-APIs-oasv3-noEnums-inheritance.yaml
sum=d86fa413c828315c1a84dce4fcdb55946b2f425a5ebb7e3abf20cac165f5e6d5

mark=$(cat scripts/prism/* scripts/prism.sh | sha256sum)
[ "$(cat "$to/mark" 2>/dev/null)" = "$mark" ] && exit 0

rm -rf "$to"
mkdir -p "$to"
cp scripts/prism/package.json scripts/prism/package-lock.json scripts/prism/trim.js "$to"
(cd "$to" && npm ci --no-audit --no-fund --silent)

# Outside of the project's own module, which does not need that version.
dir=$(cd "$to" && GOWORK=off go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
echo "$sum  $dir/$file" | sha256sum --check --quiet
node "$to/trim.js" "$dir/$file" "$to/okta.json"
echo "$mark" >"$to/mark"
