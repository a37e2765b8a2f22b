#!/usr/bin/env bash
# Renders a catalogue template into a file-based catalogue, and validates it.
#
#   hack/catalog.sh TEMPLATE DIR BUNDLE...     writes DIR/catalog.yaml; the BUNDLEs are folders of releases not yet published
#
# opm pulls what the template names. The unpublished bundles are served by a registry on loopback, as a mirror of the public one;
# LOOPBACK names one that runs already.
set -euo pipefail
cd "$(dirname "$0")/.."
template=$1 out=$2; shift 2
opm=$(hack/build.sh hack/tools/operator-sdk opm)/opm
crane=$(hack/build.sh hack/tools/generate crane)/crane
# shellcheck source=hack/lib.sh
. hack/lib.sh
scratch_folder
[ -n "${LOOPBACK:-}" ] || registry_start

for bundle in "$@"; do
  hack/bundle-image.sh "$bundle" "$SCRATCH/bundle.tar" >/dev/null
  quietly "$crane" push "$SCRATCH/bundle.tar" "$LOOPBACK/seinode/seinode-operator-bundle:$(bundle_version "$bundle")"
done

mkdir -p "$SCRATCH/.config/containers" "$out"
cat >"$SCRATCH/.config/containers/registries.conf" <<CONF
[[registry]]
prefix = "ghcr.io/seinode"
location = "ghcr.io/seinode"
[[registry.mirror]]
location = "$LOOPBACK/seinode"
CONF
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$SCRATCH/.config/containers/policy.json"
HOME=$SCRATCH TMPDIR=$SCRATCH "$opm" alpha render-template semver "$template" -o yaml --use-http \
  --migrate-level=bundle-object-to-csv-metadata >"$SCRATCH/catalog.yaml"
mv "$SCRATCH/catalog.yaml" "$out/catalog.yaml"
"$opm" validate "$out"
