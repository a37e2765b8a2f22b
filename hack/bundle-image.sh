#!/usr/bin/env bash
# Builds the image of a bundle without Docker, as its bundle.Dockerfile would: the files, and the labels of its annotations.yaml.
#
#   hack/bundle-image.sh BUNDLE TARBALL
set -euo pipefail
cd "$(dirname "$0")/.."
bundle=$1 version=$(sed -n 's/^  version: //p' "$1"/manifests/*.clusterserviceversion.yaml)
mkdir -p bin
(cd hack/image && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o ../../bin/image .)

mapfile -t files < <(cd "$bundle" && find . -type f -printf '/%P\n' | sort | sed "s|.*|&=$bundle&|")
mapfile -t labels < <(sed -n 's/^  \(operators[^:]*\): \(.*\)/--label=\1=\2/p' "$bundle/metadata/annotations.yaml")
bin/image --tag "ghcr.io/seinode/seinode-operator-bundle:$version" "${labels[@]}" --sbom "${2%.tar}.spdx.json" -o "$2" "${files[@]}"
