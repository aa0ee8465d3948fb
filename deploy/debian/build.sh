#!/bin/sh
# Builds the Debian package into target/debian/.
set -eu
cd "$(dirname "$0")/../.."
profile="${HEADEND_PROFILE:-release}"
[ "$profile" = release ] && cargo build --release --bins
version="$(cargo pkgid -p headend | sed 's/.*[#@]//')"
arch="$(dpkg --print-architecture)"
out="target/debian"
root="$out/headend_${version}_${arch}"
rm -rf "$root"
install -d "$root/DEBIAN" "$root/usr/share/man/man1" "$root/usr/share/doc/headend/examples" \
  "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
  "$root/usr/share/fish/vendor_completions.d" "$root/etc/headend"
install -Dm755 "target/$profile/headend" "$root/usr/bin/headend"
install -Dm755 "target/$profile/headend-media" "$root/usr/bin/headend-media"
install -Dm644 deploy/systemd/headend.service "$root/lib/systemd/system/headend.service"
install -Dm644 deploy/nginx/headend.conf "$root/usr/share/doc/headend/examples/nginx.conf"
install -m644 deploy/examples/*.toml "$root/usr/share/doc/headend/examples/"
install -m640 deploy/debian/headend.toml "$root/etc/headend/headend.toml"
install -Dm644 LICENSE-MIT "$root/usr/share/doc/headend/copyright"
bin="target/$profile/headend"
"$bin" man --output "$root/usr/share/man/man1" 2>/dev/null || "$bin" man >"$root/usr/share/man/man1/headend.1"
gzip -9nf "$root"/usr/share/man/man1/*.1
"$bin" completions bash >"$root/usr/share/bash-completion/completions/headend"
"$bin" completions zsh >"$root/usr/share/zsh/vendor-completions/_headend"
"$bin" completions fish >"$root/usr/share/fish/vendor_completions.d/headend.fish"
install -m755 deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm "$root/DEBIAN/"
echo /etc/headend/headend.toml >"$root/DEBIAN/conffiles"

# The libraries that the programs really need, by Debian's own tool.
mkdir -p "$out/work/debian"
printf 'Source: headend\n\nPackage: headend\nArchitecture: any\n' >"$out/work/debian/control"
programs="$(pwd)/$root/usr/bin"
depends="$(cd "$out/work" && dpkg-shlibdeps -O "$programs/headend" "$programs/headend-media" 2>/dev/null | sed 's/^shlibs:Depends=//')"
cat >"$root/DEBIAN/control" <<CONTROL
Package: headend
Version: $version
Architecture: $arch
Maintainer: The headend authors <headend@localhost>
Section: video
Priority: optional
Depends: $depends
Recommends: fonts-dejavu-core
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Description: One-way IPTV headend
 Takes a conference feed (SRT, RTP, UDP, RTMP, RTSP) and puts it on MPEG-TS
 multicast at a constant rate and on HLS, with a page to watch it.
CONTROL
fakeroot dpkg-deb --build "$root" "$out/headend_${version}_${arch}.deb" >/dev/null
echo "$out/headend_${version}_${arch}.deb"
