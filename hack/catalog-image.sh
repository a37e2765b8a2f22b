#!/usr/bin/env bash
# Builds the image of a catalogue without Docker: opm, the probe that OLM runs in it, and what hack/catalog.sh rendered.
#
#   hack/catalog-image.sh DIR TAG TARBALL
set -euo pipefail
cd "$(dirname "$0")/.."
opm=$(hack/build.sh hack/tools/operator-sdk opm)/opm
probe=$(hack/build.sh hack/tools/generate grpc-health-probe)/grpc-health-probe
mkdir -p bin
(cd hack/image && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o ../../bin/image .)
bin/image --tag "$2" --entrypoint /bin/opm,serve,/configs,--cache-dir=/tmp/cache,--cache-enforce-integrity=false \
  --label operators.operatorframework.io.index.configs.v1=/configs --sbom "${3%.tar}.spdx.json" -o "$3" \
  "/bin/opm=$opm" "/bin/grpc_health_probe=$probe" "/configs/seinode-operator/catalog.yaml=$1/catalog.yaml"
