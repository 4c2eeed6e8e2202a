#!/usr/bin/env bash
# Installs the servers that the end-to-end tests start on loopback. It fails, and
# says what to run, where it cannot: a test that cannot run is not skipped.
set -euo pipefail

packages=(slapd ldap-utils prometheus samba samba-ad-dc samba-ad-provision samba-dsdb-modules ldb-tools winbind)
programs=(/usr/sbin/slapd /usr/sbin/slapadd /usr/bin/promtool /usr/sbin/samba /usr/bin/samba-tool /usr/bin/ldbadd)
# Where Node comes from elsewhere, npm is part of it, and Debian's package not wanted.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	packages+=(nodejs npm)
	programs+=(/usr/bin/node /usr/bin/npm)
fi

missing=()
for program in "${programs[@]}"; do
	[ -x "$program" ] || missing+=("$program")
done
prism="$(dirname "$0")/prism.sh"
[ "${#missing[@]}" -eq 0 ] && exec "$prism"

install="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
if ! command -v apt-get >/dev/null; then
	echo "servers.sh: missing ${missing[*]}, and this is no Debian. Install OpenLDAP's slapd, Prometheus's promtool, Samba's domain controller, and Node with npm, then run make test again." >&2
	exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
	run=(env DEBIAN_FRONTEND=noninteractive)
elif sudo -n true 2>/dev/null; then
	run=(sudo -n env DEBIAN_FRONTEND=noninteractive)
else
	echo "servers.sh: missing ${missing[*]}. As root, run: $install" >&2
	exit 1
fi

# The packages' own services are not wanted: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	"${run[@]}" sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
	trap '"${run[@]}" rm -f "$policy"' EXIT
fi
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"

for program in "${programs[@]}"; do
	[ -x "$program" ] || { echo "servers.sh: $program is still missing after: $install" >&2; exit 1; }
done
"$prism"
