#!/usr/bin/env bash
# Prepares the local cluster for test/e2e's OLM specs: builds OLM and its helpers from their Go modules, two releases of the operator
# (the bundle of this tree, and one that follows it) and a catalogue of each, and installs OLM. To be sourced by hack/test-olm.sh:
# the registry that serves bundles and catalogues ends with that shell.
# shellcheck shell=bash
# shellcheck source=hack/registry.sh
. hack/registry.sh

# olm_images: what OLM and the scorecard run in pods. cp and tar are busybox, a package of Debian's.
olm_images() {
  local olm sdk
  olm=$(hack/build.sh hack/tools/olm) sdk=$(hack/build.sh hack/tools/operator-sdk)
  bin/image --tag olm:v0.31.0 --entrypoint /bin/olm -o bin/olm.tar \
    "/bin/olm=$olm/olm" "/bin/catalog=$olm/catalog" "/bin/cpb=$olm/cpb" /bin/cp=/bin/busybox
  bin/image --tag opm:v1.59.0 --entrypoint /bin/opm -o bin/opm.tar "/bin/opm=$sdk/opm"
  bin/image --tag quay.io/operator-framework/scorecard-test:v1.42.3 -o bin/scorecard-test.tar "/usr/local/bin/scorecard-test=$sdk/scorecard-test"
  bin/image --tag scorecard-untar:v1.42.3 -o bin/scorecard-untar.tar /bin/tar=/bin/busybox /bin/busybox=/bin/busybox
  hack/cluster.sh load bin/olm.tar bin/opm.tar bin/scorecard-test.tar bin/scorecard-untar.tar
} >&2

# olm_release VERSION IMAGE...: images of that release, under the names that its bundle has for them.
olm_release() {
  local version=$1; shift
  ARCHES=amd64 hack/release.sh "$version" "artifacts/olm/$version" "$@"
  hack/cluster.sh load "artifacts/olm/$version"/*.tar
} >&2

# olm_catalog VERSION TEMPLATE BUNDLE...: the catalogue image of that version, on the registry. Its bundles are named there too.
olm_catalog() {
  local version=$1 template=$2; shift 2
  sed "s|ghcr.io/seinode|$REGISTRY/seinode|" "$template" >"artifacts/olm/template-$version.yaml"
  REGISTRY=$REGISTRY hack/catalog.sh "artifacts/olm/template-$version.yaml" "artifacts/olm/catalog-$version" "$@"
  hack/catalog-image.sh "artifacts/olm/catalog-$version" "$REGISTRY/seinode/seinode-operator-catalog:$version" bin/catalog.tar
  "$(hack/build.sh hack/tools/generate crane)/crane" push bin/catalog.tar "$REGISTRY/seinode/seinode-operator-catalog:$version"
} >&2

olm_install() {
  local crds
  crds=$(cd hack/tools/olm && go list -m -f '{{.Dir}}' github.com/operator-framework/operator-lifecycle-manager)/deploy/chart/crds
  kubectl apply --server-side -f "$crds" -f hack/olm/olm.yaml
  kubectl -n olm rollout status deployment/olm-operator deployment/catalog-operator --timeout=120s
} >&2
