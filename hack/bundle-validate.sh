#!/usr/bin/env bash
# Runs every validator of the Operator Framework on the bundle. A warning fails as an error does.
set -euo pipefail
cd "$(dirname "$0")/.."
sdk=$(hack/build.sh hack/tools/operator-sdk operator-sdk)/operator-sdk
version=$(sed -n 's/^  version: //p' bundle/manifests/*.clusterserviceversion.yaml)
# shellcheck source=hack/registry.sh
. hack/registry.sh
export REGISTRY

validate() {
  local found
  found=$("$sdk" bundle validate bundle --select-optional "$1" --optional-values k8s-version=1.37 2>&1) || true
  if grep -qv 'completed successfully' <<<"$found"; then
    printf 'fail  %s\n%s\n' "$1" "$found" >&2
    return 1
  fi
  echo "pass  $1"
}

for validators in suite=operatorframework name=good-practices name=operatorhubv2 name=categories name=capabilities name=alpha-deprecated-apis; do
  validate $validators
done

# The last one looks at the images, for both processors.
hack/release.sh "$version" artifacts/images seinode-operator >/dev/null
registry_start
hack/push.sh artifacts/images/seinode-operator "$REGISTRY/seinode/seinode-operator:$version" >/dev/null 2>&1
PATH=$PWD/hack/olm:$PATH
validate name=multiarch
