#!/bin/sh
# Makes a small PC with Debian 12 the screen of a hall, and says what it does. A second run changes
# only what differs. `--root DIR` puts the files under DIR and touches nothing else.
set -eu

root=""
case "${1:-}" in
"") ;;
--root) root="${2:?--root DIR}" ;;
*) echo "usage: install.sh [--root DIR]" >&2; exit 2 ;;
esac
here="$(dirname "$0")"
changed=no

say() { echo "install: $*"; }

# put FILE TO MODE
put() {
  to="$root$2"
  if cmp -s "$here/$1" "$to" && [ "$(stat -c %a "$to")" = "$3" ]; then
    return
  fi
  say "writes $2"
  install -D -m "$3" "$here/$1" "$to"
  changed=yes
}

if [ -z "$root" ]; then
  [ "$(id -u)" -eq 0 ] || { echo "install: run this as root" >&2; exit 1; }
  missing=""
  # cage of Debian 12 does not start without xwayland.
  for package in cage xwayland chromium mpv curl xinit xserver-xorg pipewire-audio v4l-utils \
    util-linux fonts-noto-core; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
      missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    say "installs from Debian:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # One word for each.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    changed=yes
  fi
fi

for program in headend-box headend-box-wake headend-box-cec; do
  put "$program" "/usr/lib/headend-box/$program" 755
done
for unit in headend-box.service headend-box-cec.service headend-box-wake.service \
  headend-box-wake-again.service headend-box-wake.timer; do
  put "$unit" "/usr/lib/systemd/system/$unit" 644
done
put headend-box.sysusers /usr/lib/sysusers.d/headend-box.conf 644
put headend-box.tmpfiles /usr/lib/tmpfiles.d/headend-box.conf 644
put README.md /usr/share/doc/headend-box/README.md 644
if [ -e "$root/etc/headend-box.conf" ]; then
  say "leaves /etc/headend-box.conf as it is"
else
  put headend-box.conf /etc/headend-box.conf 644
fi

if [ -n "$root" ]; then
  :
elif [ "$changed" = yes ]; then
  say "makes the user headend-box and its folder"
  systemd-sysusers headend-box.conf
  systemd-tmpfiles --create headend-box.conf
  say "switches the services on: the page comes after the next start, or: systemctl start headend-box"
  systemctl daemon-reload
  systemctl enable --quiet headend-box.service headend-box-wake.service headend-box-wake.timer
  systemctl set-default --quiet multi-user.target
fi
[ "$changed" = yes ] || say "nothing to do"
