#!/usr/bin/env bash
# Builds programs that a nested Go module pins, once per content of its go.mod and go.sum, outside the checkout.
#
#   hack/build.sh MODULE_DIR NAME...      builds the named tools of that module (all of them where none is named)
#                                         and prints the folder that holds them
#
# A tool's name is the last element of its package path that is no major version; MODULE_DIR/build.env, if present, adds
# GOFLAGS, CGO_ENABLED or LDFLAGS. Progress goes to standard error, since a cold build of a control plane takes minutes.
# The folder is $SEINODE_CACHE (default ~/.cache/seinode-operator); binaries appear there atomically, so a killed build
# leaves nothing half made and two builds at once do no harm.
set -euo pipefail

module=$(cd "$1" && pwd); shift
cache=${SEINODE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/seinode-operator}
key=$(find "$module" -maxdepth 2 -type f \( -name "go.*" -o -name "*.go" -o -name build.env \) | sort | xargs cat | sha256sum | cut -c1-12)
bin=$cache/$(basename "$module")-$key
mkdir -p "$bin"

export CGO_ENABLED=0 GOWORK=off LDFLAGS="-s -w"
# shellcheck disable=SC1091
[ -f "$module/build.env" ] && { set -a; . "$module/build.env"; set +a; }
export GOFLAGS="-mod=readonly -trimpath -buildvcs=false ${BUILD_TAGS:+-tags=$BUILD_TAGS}"
cd "$module"

name_of() { basename "$(sed -E 's,/v[0-9]+$,,' <<<"$1")"; }
rename() { case "$1" in go.etcd.io/etcd/server*) echo etcd ;; *) name_of "$1" ;; esac; }

while read -r package; do
  name=$(rename "$package")
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  [ -x "$bin/$name" ] && continue
  echo "building $name (once; cached in $bin)" >&2
  started=$SECONDS
  go build -ldflags "$LDFLAGS" -o "$bin/.$name.$$" "$package" >&2
  mv "$bin/.$name.$$" "$bin/$name"
  echo "built $name in $((SECONDS - started)) s" >&2
done < <(go list -e -f '{{.ImportPath}}' tool)
echo "$bin"
