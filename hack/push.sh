#!/usr/bin/env bash
# Pushes the images that hack/release.sh wrote as one image for both processors.
#
#   hack/push.sh DIR/IMAGE REFERENCE     for example: hack/push.sh artifacts/images/seinode-operator ghcr.io/seinode/seinode-operator:0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."
crane=$(hack/build.sh hack/tools/generate crane)/crane
parts=()
for arch in amd64 arm64; do
  "$crane" push "$1-$arch.tar" "$2-$arch" >/dev/null
  parts+=(--manifest "$2-$arch")
done
"$crane" index append --docker-empty-base --tag "$2" "${parts[@]}"
