#!/usr/bin/env bash
# Installs what the tests use from Debian's packages. Without root or apt it says what is missing and leaves it:
# `npm test` then runs everything else and names what it skipped; only the quick starts fail without their languages.
set -euo pipefail

packages=(caddy chromium curl jq nginx python3 redis-server ruby)

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "Debian packages are all there: ${packages[*]}"
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "Not installed, since this needs apt-get and root: ${missing[*]}. The tests that use them will be skipped; those of examples/ need curl, jq, python3 and ruby, and will fail."
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}"
