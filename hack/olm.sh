# Prepares the local cluster for test/e2e's OLM specs: images of OLM and its helpers, built from their Go modules, images and
# catalogues of two releases of the operator, and OLM itself. To be sourced by hack/test-olm.sh, after hack/lib.sh.
# shellcheck shell=bash

# busybox_static sets BUSYBOX to a program that can be cp and tar in an image without a libc.
busybox_static() {
  BUSYBOX=$PWD/bin/busybox/bin/busybox
  [ -x "$BUSYBOX" ] || debian_package busybox-static bin/busybox
}

# olm_images: what OLM and the scorecard run in pods.
olm_images() {
  local olm sdk
  olm=$(hack/build.sh hack/tools/olm) sdk=$(hack/build.sh hack/tools/operator-sdk)
  busybox_static
  bin/image --tag olm:v0.31.0 --entrypoint /bin/olm -o bin/olm.tar \
    "/bin/olm=$olm/olm" "/bin/catalog=$olm/catalog" "/bin/cpb=$olm/cpb" "/bin/cp=$BUSYBOX"
  bin/image --tag opm:v1.59.0 --entrypoint /bin/opm -o bin/opm.tar "/bin/opm=$sdk/opm"
  bin/image --tag quay.io/operator-framework/scorecard-test:v1.42.3 -o bin/scorecard-test.tar "/usr/local/bin/scorecard-test=$sdk/scorecard-test"
  bin/image --tag scorecard-untar:v1.42.3 -o bin/scorecard-untar.tar "/bin/tar=$BUSYBOX"
  hack/cluster.sh load bin/olm.tar bin/opm.tar bin/scorecard-test.tar bin/scorecard-untar.tar
} >&2

# olm_release VERSION IMAGE...: images of that release, under the names that its bundle has for them.
olm_release() {
  local version=$1; shift
  ARCHES=$(go env GOARCH) hack/release.sh "$version" "artifacts/olm/images-$version" "$@"
  hack/cluster.sh load "artifacts/olm/images-$version"/*.tar
} >&2

# olm_catalog VERSION TEMPLATE BUNDLE...: the catalogue image of that version, on the registry. Its bundles are named there too.
olm_catalog() {
  local version=$1 template=$2; shift 2
  yaml images ghcr.io/seinode/ "$LOOPBACK/seinode/" <"$template" >"artifacts/olm/template-$version.yaml"
  LOOPBACK=$LOOPBACK hack/catalog.sh "artifacts/olm/template-$version.yaml" "artifacts/olm/catalog-$version" "$@"
  hack/catalog-image.sh "artifacts/olm/catalog-$version" "$LOOPBACK/seinode/seinode-operator-catalog:$version" "$SCRATCH/catalog.tar"
  "$(hack/build.sh hack/tools/generate crane)/crane" push "$SCRATCH/catalog.tar" "$LOOPBACK/seinode/seinode-operator-catalog:$version"
} >&2

olm_install() {
  local module=github.com/operator-framework/operator-lifecycle-manager source
  source=$(cd hack/tools/olm && go mod download "$module" && go list -m -f '{{.Dir}}' "$module")
  kubectl apply --server-side -f "$source/deploy/chart/crds" -f hack/olm/olm.yaml
  kubectl -n olm rollout status deployment/olm-operator deployment/catalog-operator --timeout=120s
} >&2
