#!/bin/sh
# Builds the Debian package into target/debian/ and prints its path. HEADEND_PROFILE=debug packs
# the debug build as it stands.
set -eu
cd "$(dirname "$0")/../.."
profile="${HEADEND_PROFILE:-release}"
[ "$profile" != release ] || cargo build --release --bins
programs="${CARGO_TARGET_DIR:-target}/$profile"
version="$(cargo pkgid -p headend | sed 's/.*[#@]//')"
arch="$(dpkg --print-architecture)"
out="${CARGO_TARGET_DIR:-target}/debian"
deb="$out/headend_${version}_${arch}.deb"
# A folder of its own, so that two that pack at once do not write into each other's files.
mkdir -p "$out"
work="$(mktemp -d "$out/work.XXXXXX")"
trap 'rm -rf "$work"' EXIT
# dash runs no EXIT trap when a signal ends it.
trap 'exit 130' INT TERM HUP
root="$work/root"
doc="$root/usr/share/doc/headend"
headend="$programs/headend"

# Programs, and what is made from them.
for program in headend headend-media; do
  install -Ds -m755 "$programs/$program" "$root/usr/bin/$program"
done
"$headend" man --dir "$root/usr/share/man/man1"
gzip -9nf "$root"/usr/share/man/man1/*.1
completions() { mkdir -p "$(dirname "$2")" && "$headend" completions "$1" >"$2"; }
completions bash "$root/usr/share/bash-completion/completions/headend"
completions zsh "$root/usr/share/zsh/vendor-completions/_headend"
completions fish "$root/usr/share/fish/vendor_completions.d/headend.fish"

# The service.
install -Dm644 deploy/systemd/headend.service "$root/lib/systemd/system/headend.service"
install -Dm644 deploy/debian/headend.sysusers "$root/usr/lib/sysusers.d/headend.conf"
install -Dm644 deploy/debian/headend.sysctl "$root/usr/lib/sysctl.d/50-headend.conf"
install -Dm640 deploy/debian/headend.toml "$root/etc/headend/headend.toml"

# What stands around it.
install -Dm644 deploy/debian/copyright "$doc/copyright"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
install -Dm644 -t "$doc/examples" deploy/examples/*.toml \
  deploy/prometheus/alerts.yml deploy/prometheus/prometheus.yml deploy/grafana/headend.json
install -Dm644 deploy/nginx/headend.conf "$doc/examples/nginx.conf"
install -Dm644 deploy/varnish/default.vcl "$doc/examples/varnish.vcl"

# The libraries that the programs really need, by Debian's own tool.
mkdir -p "$work/debian"
printf 'Source: headend\n\nPackage: headend\nArchitecture: any\n' >"$work/debian/control"
bin="$(realpath "$root/usr/bin")"
(cd "$work" && dpkg-shlibdeps "$bin/headend" "$bin/headend-media" -Tsubstvars 2>/dev/null)
libraries="$(sed -n 's/^shlibs:Depends=//p' "$work/substvars")"

install -d "$root/DEBIAN"
install -m755 deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm "$root/DEBIAN/"
echo /etc/headend/headend.toml >"$root/DEBIAN/conffiles"
(cd "$root" && find usr lib -type f -exec md5sum {} +) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<CONTROL
Package: headend
Version: $version
Architecture: $arch
Maintainer: The headend authors <headend@localhost>
Section: video
Priority: optional
Depends: $libraries, init-system-helpers, passwd, systemd
Recommends: fonts-dejavu-core, ca-certificates
Suggests: nginx-light | varnish, prometheus
Installed-Size: $(du -sk "$root" | cut -f1)
Description: One-way IPTV headend
 Takes a conference feed (SRT, RTP, UDP, RTMP, RTSP) and puts it on MPEG-TS
 multicast at a constant rate and on HLS, with a page to watch it.
CONTROL
# Of a debug build only the form matters, not the size.
compression=xz
[ "$profile" = release ] || compression=none
dpkg-deb --root-owner-group -Z"$compression" --build "$root" "$work/whole.deb" >/dev/null
mv "$work/whole.deb" "$deb"
echo "$deb"
