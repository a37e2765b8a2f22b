#!/usr/bin/env bash
# Builds the release's images without Docker: static binaries on an empty base, the same bytes from the same source, each image with
# an SPDX document of what it was built from.
#
#   hack/release.sh VERSION DIR [IMAGE...]     IMAGE: seinode-operator, seinode-operator-scorecard; both where none is named
#                                              ARCHES, if set, are the processors to build for, else amd64 and arm64
#
# It makes DIR anew, with <image>-<arch>.tar, <image>-<arch>.spdx.json and sha256sums.txt. hack/push.sh publishes an image of both
# processors.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 out=$2; shift 2
[ $# -gt 0 ] || set -- seinode-operator seinode-operator-scorecard
# shellcheck source=hack/lib.sh
. hack/lib.sh
image_tool
rm -rf "$out" && mkdir -p "$out"
root=$PWD

# compile ARCH MODULE PACKAGE BINARY
compile() {
  (cd "$2" && CGO_ENABLED=0 GOOS=linux GOARCH=$1 go build -trimpath -buildvcs=false -ldflags "$(stamp "$version")" -o "$root/bin/$1/$4" "$3")
}

# pack ARCH IMAGE BINARY...: the first is what the image runs
pack() {
  local arch=$1 image=$2 entry=$3 binary files=(); shift 2
  for binary in "$@"; do files+=("/$binary=bin/$arch/$binary"); done
  bin/image --arch "$arch" --tag "ghcr.io/seinode/$image:$version" --entrypoint "/$entry" --sbom "$out/$image-$arch.spdx.json" \
    --label "org.opencontainers.image.title=$image" --label "org.opencontainers.image.version=$version" \
    --label org.opencontainers.image.source=https://github.com/seinode/seinode-operator \
    --label org.opencontainers.image.licenses=Apache-2.0 \
    -o "$out/$image-$arch.tar" "${files[@]}" >/dev/null
}

for arch in ${ARCHES:-amd64 arm64}; do
  for image in "$@"; do
    case $image in
      seinode-operator)
        compile "$arch" . ./cmd manager
        compile "$arch" . ./cmd/seinode-agent seinode-agent
        pack "$arch" "$image" manager seinode-agent ;;
      seinode-operator-scorecard)
        compile "$arch" cmd/scorecard . scorecard
        pack "$arch" "$image" scorecard ;;
      *) echo "hack/release.sh: no image is called $image" >&2; exit 2 ;;
    esac
  done
done
(cd "$out" && sha256sum ./*.tar ./*.spdx.json | tee sha256sums.txt)
