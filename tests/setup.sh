#!/bin/sh
# Installs what a fresh Debian 12 with Rust lacks, and says what. `setup.sh demo` is enough to
# build and run, `setup.sh deb` to pack; `setup.sh test` adds what the tests use: players, judges,
# a browser.
set -eu

demo="clang libclang-dev pkg-config libavcodec-dev libavformat-dev libavutil-dev libavfilter-dev
libavdevice-dev libswscale-dev libswresample-dev ffmpeg fonts-dejavu-core"
test="iproute2 iptables srt-tools dvblast multicat vlc-bin vlc-plugin-base vlc-plugin-access-extra
gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
gstreamer1.0-libav chromium firefox-esr ethtool prometheus nginx-light varnish dpkg-dev systemd util-linux man-db procps curl
mpv cage xwayland kodi kodi-pvr-iptvsimple xvfb shellcheck libxml2-utils xmltv-util libxmltv-perl python3-icalendar"

case "${1:-}" in
demo) wanted="$demo" ;;
deb) wanted="$demo dpkg-dev" ;;
test) wanted="$demo $test" ;;
*) echo "usage: setup.sh demo|deb|test" >&2; exit 2 ;;
esac
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || wanted="$wanted nodejs npm"

missing=""
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
    missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "setup: installing from Debian:$missing"
  root=""
  [ "$(id -u)" -eq 0 ] || root="sudo"
  $root apt-get update -qq
  # A service that a package brings is not started: the tests start what they need themselves.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod +x "$policy"
    trap '$root rm -f "$policy"' EXIT
    # dash runs no EXIT trap when a signal ends it.
    trap 'exit 130' INT TERM HUP
  fi
  # shellcheck disable=SC2086
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

if [ "$1" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
  echo "setup: installing cargo-nextest from the Rust registry (some minutes)"
  cargo install --locked --quiet cargo-nextest
fi
if [ "$1" = test ] && ! cargo fuzz --version >/dev/null 2>&1; then
  echo "setup: installing cargo-fuzz from the Rust registry (some minutes)"
  cargo install --locked --quiet cargo-fuzz
fi
# npm writes this file last, so that one left half is done again.
if [ ! player-web/node_modules/.package-lock.json -nt player-web/package-lock.json ]; then
  echo "setup: installing the page's packages (npm ci)"
  (cd player-web && npm ci --loglevel=error --no-audit --no-fund)
fi
echo "setup: everything for '$1' is here"
