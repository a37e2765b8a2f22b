#!/usr/bin/env bash
# Builds the image of a catalogue without Docker, for this machine's processor: opm, the probe that OLM runs in it, and what
# hack/catalog.sh rendered. catalog.Dockerfile makes one for every processor that opm's own image has.
#
#   hack/catalog-image.sh DIR TAG TARBALL     beside the tarball goes its SPDX document
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh
image_tool
mkdir -p "$(dirname "$3")"
opm=$(hack/build.sh hack/tools/operator-sdk opm)/opm
probe=$(hack/build.sh hack/tools/generate grpc-health-probe)/grpc-health-probe
bin/image --tag "$2" --arch "$(go env GOARCH)" --entrypoint /bin/opm,serve,/configs,--cache-dir=/tmp/cache,--cache-enforce-integrity=false \
  --label operators.operatorframework.io.index.configs.v1=/configs --sbom "${3%.tar}.spdx.json" -o "$3" \
  "/bin/opm=$opm" "/bin/grpc_health_probe=$probe" "/configs/seinode-operator/catalog.yaml=$1/catalog.yaml"
