#!/usr/bin/env bash
# Runs the scorecard of the bundle in pods of the cluster of your kubeconfig, the stock tests and ours; the operator has to run there. It
# fails unless every test passes without a suggestion. The whole result is in artifacts/scorecard.json. Namespace seinode-scorecard
# and what config/scorecard/rbac.yaml grants are there while it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
sdk=$(hack/build.sh hack/tools/operator-sdk operator-sdk)/operator-sdk
PATH=$PATH:$(hack/build.sh hack/kubernetes kubectl)
result=artifacts/scorecard.json
mkdir -p artifacts
# shellcheck source=hack/lib.sh
. hack/lib.sh

at_exit+=("kubectl delete --ignore-not-found -f config/scorecard/rbac.yaml")
quietly kubectl apply --server-side -f config/scorecard/rbac.yaml
"$sdk" scorecard bundle ${KUBECONFIG:+--kubeconfig "$KUBECONFIG"} --namespace seinode-scorecard --service-account scorecard \
  --pod-security=restricted --wait-time 300s ${UNTAR_IMAGE:+--untar-image "$UNTAR_IMAGE"} --output json >"$result" || true

go run ./hack/scorecard bundle/tests/scorecard/config.yaml "$result" || { cat "$result" >&2; exit 1; }
