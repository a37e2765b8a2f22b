# A container registry on loopback, for what insists on pulling. To be sourced: registry_start sets REGISTRY, and the registry ends
# with the shell that started it.
# shellcheck shell=bash

registry_start() {
  local log
  log=$(mktemp)
  "$(hack/build.sh hack/tools/generate crane)/crane" registry serve --address 127.0.0.1:0 >"$log" 2>&1 &
  REGISTRY_PID=$!
  trap 'kill $REGISTRY_PID 2>/dev/null || true' EXIT
  until REGISTRY=$(sed -n 's/.*serving on port \([0-9]*\).*/127.0.0.1:\1/p' "$log") && [ -n "$REGISTRY" ]; do
    kill -0 $REGISTRY_PID || { cat "$log" >&2; return 1; }
    sleep 0.1
  done
  rm -f "$log"
}
