#!/usr/bin/env bash
# Generates the OLM bundle of one version, as the Operator SDK does it: kustomize build | operator-sdk generate bundle.
#
#   hack/bundle.sh VERSION DIR [REPLACES]     writes DIR/bundle and DIR/bundle.Dockerfile; REPLACES is the version before, if any
#
# It works on a copy of config/, so that a version is stamped without a change to the sources. The SDK stamps the time of the
# run into the bundle; what config/ says is put back, so that equal sources give an equal bundle.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 out=$(mkdir -p "$2" && cd "$2" && pwd) replaces=${3:-}
kustomize=$(hack/build.sh hack/tools/generate kustomize)/kustomize
sdk=$(hack/build.sh hack/tools/operator-sdk operator-sdk)/operator-sdk
csv=seinode-operator.clusterserviceversion.yaml
# shellcheck source=hack/lib.sh
. hack/lib.sh
scratch_folder

cp -r PROJECT config "$SCRATCH"
cd "$SCRATCH"
(cd config/manager && "$kustomize" edit set image "controller=ghcr.io/seinode/seinode-operator:$version")
tests=config/scorecard/patches/seinode.config.yaml
image=$(yaml get 0.value.image "$tests")
yaml images "$image" "${image%:*}:$version" "$tests"
[ -z "$replaces" ] || (cd config/manifests && "$kustomize" edit add patch --kind ClusterServiceVersion \
  --patch '[{"op": "add", "path": "/spec/replaces", "value": "seinode-operator.v'"$replaces"'"}]')

"$kustomize" build config/manifests | quietly "$sdk" generate bundle -q --overwrite --version "$version" --package seinode-operator \
  --channels candidate-v0,stable-v0 --default-channel stable-v0
created=$(yaml get metadata.annotations.createdAt "config/manifests/bases/$csv")
yaml set metadata.annotations.createdAt "$created" "bundle/manifests/$csv"
rm -rf "$out/bundle" && cp -r bundle bundle.Dockerfile "$out"
