#!/usr/bin/env bash
# Renders a catalogue template into a file-based catalogue, and validates it.
#
#   hack/catalog.sh TEMPLATE DIR BUNDLE...     writes DIR/catalog.yaml; the BUNDLEs are folders of releases not yet published
#
# opm pulls what the template names. The unpublished bundles are served by a registry on loopback, as a mirror of the public one;
# REGISTRY names one that runs already.
set -euo pipefail
cd "$(dirname "$0")/.."
template=$1 out=$2; shift 2
opm=$(hack/build.sh hack/tools/operator-sdk opm)/opm
crane=$(hack/build.sh hack/tools/generate crane)/crane
# shellcheck source=hack/registry.sh
. hack/registry.sh
[ -n "${REGISTRY:-}" ] || registry_start

mkdir -p bin
for bundle in "$@"; do
  hack/bundle-image.sh "$bundle" bin/bundle.tar >/dev/null
  version=$(sed -n 's/^  version: //p' "$bundle"/manifests/*.clusterserviceversion.yaml)
  "$crane" push bin/bundle.tar "$REGISTRY/seinode/seinode-operator-bundle:$version" >/dev/null 2>&1
done

home=$(mktemp -d)
mkdir -p "$home/.config/containers" "$out"
cat >"$home/.config/containers/registries.conf" <<CONF
[[registry]]
prefix = "ghcr.io/seinode"
location = "ghcr.io/seinode"
[[registry.mirror]]
location = "$REGISTRY/seinode"
CONF
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$home/.config/containers/policy.json"
HOME=$home TMPDIR=$home "$opm" alpha render-template semver "$template" -o yaml --use-http --migrate-level=bundle-object-to-csv-metadata >"$home/catalog.yaml"
mv "$home/catalog.yaml" "$out/catalog.yaml"
rm -rf "$home"
"$opm" validate "$out"
