#!/usr/bin/env bash
# Installs the CRD and the operator into the cluster of KUBECONFIG and waits until it runs. OPERATOR_IMAGE, if set, is the image
# to run; else the one that hack/images.sh loaded.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh
kustomize=$(hack/build.sh hack/tools/generate kustomize)/kustomize

# Conflicts are forced below, for what somebody edited; another operator's CRD of the same name is no such thing.
if definition=$(kubectl get crd seinodes.sei.io -o yaml 2>/dev/null) && ! grep -q claimUID <<<"$definition"; then
  echo "CRD seinodes.sei.io is another operator's; wanted ours, or none: docs/how-to/coming-from-sei-k8s-controller.md says how to move" >&2
  exit 1
fi

"$kustomize" build config/local | yaml images seinode-operator:dev "${OPERATOR_IMAGE:-seinode-operator:dev}" |
  kubectl apply --server-side --force-conflicts -f - >&2
kubectl wait --for=condition=Established crd/seinodes.sei.io --timeout=60s >&2
# The tag stays the same from build to build, so the pod has to be made anew to get the new image.
kubectl -n seinode-system rollout restart deployment seinode-controller-manager >&2
kubectl -n seinode-system rollout status deployment seinode-controller-manager --timeout=120s >&2
