#!/usr/bin/env bash
# Runs every validator of the Operator Framework on the bundle. A warning fails as an error does.
set -euo pipefail
cd "$(dirname "$0")/.."
sdk=$(hack/build.sh hack/tools/operator-sdk operator-sdk)/operator-sdk
# shellcheck source=hack/lib.sh
. hack/lib.sh
version=$(bundle_version bundle)

validate() {
  local found failed=
  found=$("$sdk" bundle validate bundle --select-optional "$1" --optional-values k8s-version=1.37 2>&1) || failed=yes
  if [ -n "$failed" ] || grep -qv 'completed successfully' <<<"$found"; then
    printf 'fail  %s\n%s\n' "$1" "$found" >&2
    return 1
  fi
  echo "pass  $1"
}

for validators in suite=operatorframework name=good-practices name=operatorhubv2 name=categories name=capabilities name=alpha-deprecated-apis; do
  validate $validators
done

# The last one looks at the images, for both processors.
scratch_folder
quietly hack/release.sh "$version" "$SCRATCH" seinode-operator
registry_start
export LOOPBACK
quietly hack/push.sh "$SCRATCH/seinode-operator" "$LOOPBACK/seinode/seinode-operator:$version"
PATH=$PWD/hack/olm:$PATH
validate name=multiarch
