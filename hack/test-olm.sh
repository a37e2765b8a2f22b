#!/usr/bin/env bash
# Installs, upgrades and uninstalls the operator by OLM on the local cluster, and runs the scorecard there. Every step says how long
# it took. Arguments go to the test binary. What the scorecard found is kept in artifacts/scorecard.json.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh
# shellcheck source=hack/olm.sh
. hack/olm.sh
release=$(bundle_version bundle)
next=${release%.*}.$((${release##*.} + 1))
scratch_folder
rm -rf artifacts/olm && mkdir -p artifacts/olm

quietly hack/cluster.sh down # an operator that was not installed by OLM would be in the way
boot_cluster
say "the cluster is up"

hack/images.sh
image_tool
olm_images
say "the images of OLM, the stock scorecard and the stand-in node are loaded"
hack/bundle.sh "$next" "artifacts/olm/$next" "$release"
cp catalog/template.yaml artifacts/olm/template.yaml
for channel in candidate stable; do
  yaml add "$channel.bundles" "{image: ghcr.io/seinode/seinode-operator-bundle:$next}" artifacts/olm/template.yaml
done
olm_release "$release" seinode-operator seinode-operator-scorecard
olm_release "$next" seinode-operator
say "the images of $release and $next are loaded"
registry_start
olm_catalog "$release" catalog/template.yaml bundle
olm_catalog "$next" artifacts/olm/template.yaml bundle "artifacts/olm/$next/bundle"
say "a registry on loopback serves both bundles and both catalogues"
olm_install
say "OLM runs"

export UNTAR_IMAGE=scorecard-untar:v1.42.3 OLM_REGISTRY=$LOOPBACK OLM_RELEASE=$release OLM_NEXT=$next
go test -v -race -tags e2e -count=1 -timeout 30m ./test/e2e -ginkgo.v -ginkgo.no-color -ginkgo.label-filter=olm -ginkgo.timeout=25m "$@"
say "installed, upgraded and uninstalled by OLM"
