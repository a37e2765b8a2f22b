#!/usr/bin/env bash
# Builds the image of a bundle without Docker, as its bundle.Dockerfile would: the files, and the labels of its annotations.yaml.
#
#   hack/bundle-image.sh BUNDLE TARBALL     beside the tarball goes its SPDX document
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh
image_tool
mkdir -p "$(dirname "$2")"

mapfile -t files < <(cd "$1" && find . -type f -printf '/%P\n' | sort | sed "s|.*|&=$1&|")
mapfile -t labels < <(yaml get annotations "$1/metadata/annotations.yaml")
bin/image --tag "ghcr.io/seinode/seinode-operator-bundle:$(bundle_version "$1")" "${labels[@]/#/--label=}" \
  --sbom "${2%.tar}.spdx.json" -o "$2" "${files[@]}"
