# The SeiNode operator. `make help` lists the targets.
SHELL := /usr/bin/env bash -o pipefail
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The version that this tree is of; config/manager has it as the image's tag.
VERSION ?= $(shell . hack/lib.sh && this_version)
# Every program below is built from the Go module proxy at the version that a nested go.mod pins, once, into a cache outside
# the checkout (see hack/build.sh).
BUILD := hack/build.sh
GENERATED := api config docs dist bundle bundle.Dockerfile go.mod go.sum
NESTED := cmd/kubectl-sei cmd/scorecard hack/image test/alerts test/bundle test/chart test/crd test/crd/1.31 test/crd/1.34 test/crd/1.37 test/localkube test/seid
# The modules that only pin programs.
TOOLS := $(filter-out $(NESTED),$(patsubst %/go.mod,%,$(wildcard hack/*/go.mod hack/tools/*/go.mod)))
LDFLAGS = $(shell . hack/lib.sh && stamp $(VERSION))

##@ The demos and the tests

.PHONY: demo
demo: ## Boot a real Kubernetes here and watch a SeiNode adopt a pre-populated volume (root, Debian; KUBECONFIG with USE_EXISTING_CLUSTER=1 for yours).
	hack/demo.sh up

.PHONY: demo-upgrade
demo-upgrade: ## Boot a real Kubernetes here and watch a SeiNode go through an upgrade of its chain, from the plan to the tip (root, Debian).
	hack/demo-upgrade.sh

.PHONY: demo-bootstrap
demo-bootstrap: ## Boot a real Kubernetes here and watch a SeiNode come from nothing to the tip by state sync (root, Debian).
	hack/demo-bootstrap.sh

.PHONY: test
test: unit nested alerts ## Run every test that needs no cluster: rules, the CRD and the controller on a real API server, the stand-in node, the bundle, the chart, the alerts, the tools.

##@ Development

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN {FS = ":.*##"} /^[a-zA-Z0-9_-]+:.*?##/ {printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2} /^##@/ {printf "\n%s\n", substr($$0, 5)}' $(MAKEFILE_LIST)

.PHONY: manifests
manifests: ## Regenerate the CRD and RBAC.
	bin=$$($(BUILD) hack/tools/generate controller-gen) && \
	$$bin/controller-gen crd paths=./api/... output:crd:dir=config/crd/bases && \
	$$bin/controller-gen rbac:roleName=manager-role paths=./internal/controller output:rbac:dir=config/rbac && \
	$$bin/controller-gen rbac:roleName=volume-reader-role paths=./internal/storage paths=./cmd output:rbac:stdout >config/rbac/volume_reader_role.yaml && \
	$$bin/controller-gen rbac:roleName=machine-reader-role paths=./internal/lookup output:rbac:stdout >config/rbac/machine_reader_role.yaml

.PHONY: generate
generate: manifests ## Regenerate all of it: the CRD, RBAC, deep copies and the API reference.
	bin=$$($(BUILD) hack/tools/generate controller-gen crd-ref-docs) && \
	$$bin/controller-gen object:headerFile=hack/boilerplate.go.txt paths=./api/... && \
	$$bin/crd-ref-docs --source-path=api --config=hack/api-reference.yaml --renderer=markdown --output-path=docs/reference/api.md --log-level=ERROR

.PHONY: fmt
fmt: ## Format the code.
	gofmt -w $$(git ls-files '*.go')

.PHONY: lint
lint: ## Lint, the API conventions and the arrows between the packages included.
	$$($(BUILD) hack/tools/lint)/golangci-lint run ./...
	@for module in $(NESTED); do (cd $$module && go vet ./...) || exit 1; done

.PHONY: verify
verify: bundle install-manifest chart ## Fail if anything generated or formatted is out of date, or a module is not tidy.
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted: run make fmt"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@for module in . $(NESTED) $(TOOLS); do (cd $$module && go mod tidy -diff) || exit 1; done
	@! git grep -ln '+kubebuilder:rbac' -- '*.go' ':!internal/controller' ':!internal/storage' ':!internal/lookup' ':!cmd/definition.go' || { echo "these markers grant nothing: make generate looks at internal/controller, internal/storage, internal/lookup and cmd"; exit 1; }
	@git diff --exit-code -- $(GENERATED) || { echo "generated files are out of date: run make bundle install-manifest chart and commit"; exit 1; }
	@test -z "$$(git status --porcelain -- $(GENERATED))" || { git status --short -- $(GENERATED); echo "generated files are not committed"; exit 1; }

.PHONY: build
build: ## Build the manager and the agent into bin/.
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o bin/ ./cmd ./cmd/seinode-agent && mv bin/cmd bin/manager

.PHONY: plugin
plugin: ## Build kubectl sei, the plugin of kubectl, into bin/kubectl-sei: one static binary for this machine; beside it what kubectl asks for completions.
	cd cmd/kubectl-sei && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o ../../bin/kubectl-sei . && cp kubectl_complete-sei ../../bin/

##@ Tests

# ASSETS tells a test where the API server is; a target that uses it depends on envtest.
ASSETS = KUBEBUILDER_ASSETS=$${KUBEBUILDER_ASSETS:-$$($(BUILD) hack/kubernetes kube-apiserver etcd kubectl)}

.PHONY: envtest
envtest: ## Build the API server and etcd that the tests use (ten minutes, once; KUBEBUILDER_ASSETS, if set, is used instead).
	@test -n "$$KUBEBUILDER_ASSETS" || $(BUILD) hack/kubernetes kube-apiserver etcd kubectl >/dev/null

.PHONY: unit
unit: envtest ## Test this module, with the race detector, on a real API server.
	$(ASSETS) \
	go test -race -timeout 20m ./...

.PHONY: nested
nested: envtest ## Test the nested modules: kubectl sei, the scorecard tests, the image builder, the alerts' metrics, the bundle, the Helm chart, the local cluster, the stand-in node.
	@export $(ASSETS); \
	for module in $(NESTED); do echo "testing $$module"; \
	  case $$module in test/crd*) race= ;; *) race=-race ;; esac; : "four more API servers' libraries, for a check that runs on one thread"; \
	  (cd $$module && go test $$race -timeout 15m ./...) || exit 1; done

.PHONY: alerts
alerts: ## Try each alert on series that it has to fire for, and on some that it has not to (test/alerts; promtool is built once).
	promtool=$$($(BUILD) hack/prometheus promtool)/promtool && \
	$$promtool check rules --lint-fatal dist/rules.yml && $$promtool test rules test/alerts/*.yaml

.PHONY: mutants
mutants: envtest ## Take each guard of a volume or a key out, and see the test that holds it turn red (hack/mutants). GUARDS="finalizer" tries those named so, HALF=0 or 1 every second one.
	$(ASSETS) go run ./hack/mutants $(if $(HALF),-half=$(HALF)) $(GUARDS)

.PHONY: fuzz
fuzz: ## Fuzz the pure rules, a minute each.
	go test -run=NONE -fuzz=FuzzValidate -fuzztime=60s ./internal/storage
	go test -run=NONE -fuzz=FuzzParse -fuzztime=60s ./internal/platform
	go test -run=NONE -fuzz=FuzzInspect -fuzztime=60s ./internal/agent/inspect
	go test -run=NONE -fuzz=FuzzLog -fuzztime=60s ./internal/agent/inspect
	go test -run=NONE -fuzz=FuzzExtract -fuzztime=60s -fuzzminimizetime=10x ./internal/agent/restore
	go test -run=NONE -fuzz=FuzzNames -fuzztime=60s -fuzzminimizetime=10x ./internal/agent/restore
	go test -run=NONE -fuzz=FuzzAnswers -fuzztime=60s ./internal/agent/serve
	go test -run=NONE -fuzz=FuzzPlanOf -fuzztime=60s ./internal/agent/serve
	go test -run=NONE -fuzz=FuzzBound -fuzztime=60s ./internal/verdict
	go test -run=NONE -fuzz=FuzzNoTextFreezesTheStatus -fuzztime=60s ./internal/status
	go test -run=NONE -fuzz=FuzzWorlds -fuzztime=60s ./internal/world

.PHONY: bench
bench: envtest ## Print how fast a bound claim is noticed, with 200 SeiNodes waiting, what a look at 100,000 files costs, and how fast an archive is restored beside the tools (RESTORE_BENCH_MIB=4096).
	$(ASSETS) \
	go test -run=NONE -bench=. -benchtime=1x ./internal/controller ./internal/agent/inspect ./internal/agent/prepare ./internal/agent/restore

SIZES ?= 200,1000,10000
REST ?= 1m
STEPS ?= all

.PHONY: bench-fleet
bench-fleet: ## Print what a fleet costs the operator, with 200, 1,000 and 10,000 SeiNodes on simulated machines (SIZES=200,1000, REST=1m,1m,10m at rest, STEPS=rest,restart, PROFILE=1 for the manager's profiles; root).
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o bin/manager ./cmd
	go run ./test/fleet -sizes=$(SIZES) -rest=$(REST) -steps=$(STEPS) $(if $(PROFILE),-profile) -kwok=$$($(BUILD) hack/kwok) \
	  -kubernetes=$$($(BUILD) hack/kubernetes kube-apiserver etcd kube-controller-manager)

.PHONY: test-e2e
test-e2e: ## Run the end-to-end suite on a real cluster: kubelet, containers, databases, audit log (root, Debian).
	hack/e2e.sh

##@ The local cluster

.PHONY: cluster
cluster: ## Boot the local cluster and print its kubeconfig.
	hack/cluster.sh up

.PHONY: cluster-down
cluster-down: ## Take the local cluster down without a trace.
	hack/cluster.sh down

.PHONY: demo-down
demo-down: ## Remove the demo, and the local cluster with it.
	hack/demo.sh down

##@ Releases

.PHONY: bundle
bundle: generate ## Regenerate the OLM bundle from config/ and the code's markers.
	$$($(BUILD) hack/tools/operator-sdk operator-sdk)/operator-sdk generate kustomize manifests -q --interactive=false
	hack/bundle.sh $(VERSION) .

.PHONY: bundle-validate
bundle-validate: ## Run all validators of the Operator Framework on the bundle; a warning fails.
	@hack/bundle-validate.sh

.PHONY: bundle-image
bundle-image: ## Build the bundle's image into artifacts/images, without Docker (bundle.Dockerfile is for Docker).
	hack/bundle-image.sh bundle artifacts/images/seinode-operator-bundle.tar

.PHONY: catalog
catalog: ## Render the file-based catalogue from its template.
	hack/catalog.sh catalog/template.yaml catalog/seinode-operator bundle

.PHONY: catalog-validate
catalog-validate: ## Fail if the catalogue is not valid, or not what `make catalog` renders.
	$$($(BUILD) hack/tools/operator-sdk opm)/opm validate catalog/seinode-operator
	hack/catalog.sh catalog/template.yaml artifacts/catalog bundle
	diff -u catalog/seinode-operator/catalog.yaml artifacts/catalog/catalog.yaml

.PHONY: catalog-image
catalog-image: ## Build the catalogue's image for this processor into artifacts/images, without Docker (catalog.Dockerfile is for Docker).
	hack/catalog-image.sh catalog/seinode-operator \
	  ghcr.io/seinode/seinode-operator-catalog:$(VERSION) artifacts/images/seinode-operator-catalog.tar

.PHONY: scorecard
scorecard: ## Run the scorecard in pods of the cluster of your kubeconfig, where the operator runs.
	@hack/scorecard.sh

.PHONY: test-olm
test-olm: ## Install, upgrade and uninstall by OLM on the local cluster, and run the scorecard there (root, Debian).
	hack/test-olm.sh

.PHONY: images
images: ## Build the operator's and the scorecard's image for amd64 and arm64 into artifacts/images, with SPDX documents and checksums.
	hack/release.sh $(VERSION) artifacts/images

.PHONY: plugin-release
plugin-release: ## Build kubectl sei for Linux, macOS and Windows, on amd64 and arm64, into artifacts/plugin: an archive for each, checksums and krew's manifest.
	go run ./hack/krew -version $(VERSION) -ldflags "$(LDFLAGS)" -o artifacts/plugin

.PHONY: install-manifest
install-manifest: generate ## Regenerate dist/install.yaml, the CRD and the operator in one file, and dist/monitoring.yaml, dist/prometheus.yml and dist/rules.yml, what a Prometheus needs.
	mkdir -p dist && kustomize=$$($(BUILD) hack/tools/generate kustomize)/kustomize && \
	$$kustomize build config/default >dist/install.yaml && $$kustomize build config/monitoring >dist/monitoring.yaml && \
	sed '1,/^spec:$$/d; s/^  //' config/prometheus/rules.yaml >dist/rules.yml && cp config/prometheus/prometheus.yml dist/prometheus.yml

# The chart's version is the image's tag in config/manager, as in dist/install.yaml, unless VERSION is on the command line.
.PHONY: chart
chart: generate ## Regenerate the Helm chart in dist/chart.
	kustomize=$$($(BUILD) hack/tools/generate kustomize)/kustomize && \
	{ $$kustomize build config/default && echo --- && $$kustomize build config/optional; } | \
	go run ./hack/chart -o dist/chart -version=$(if $(filter command,$(origin VERSION)),$(VERSION))

##@ Your own cluster, as with any Operator SDK project

IMG ?= ghcr.io/seinode/seinode-operator:$(VERSION)
BUNDLE_IMG ?= ghcr.io/seinode/seinode-operator-bundle:$(VERSION)
CATALOG_IMG ?= ghcr.io/seinode/seinode-operator-catalog:$(VERSION)
KUSTOMIZE = $$($(BUILD) hack/tools/generate kustomize)/kustomize

.PHONY: install
install: ## Install the CRD into the cluster of your kubeconfig.
	$(KUSTOMIZE) build config/crd | kubectl apply --server-side -f -

.PHONY: uninstall
uninstall: ## Remove the CRD, which deletes every SeiNode, and each claim that one created and does not retain: refused while there are SeiNodes, unless FORCE=1.
	@FORCE="$(FORCE)" hack/remove.sh crd

.PHONY: run
run: ## Run the manager from source against the cluster of your kubeconfig; IMG is the image of the agent in the nodes' pods, POD_NAMESPACE (default) that of its Leases.
	POD_NAMESPACE=$${POD_NAMESPACE:-default} RELATED_IMAGE_AGENT=$(IMG) go run ./cmd --metrics-bind-address=0 --log-format=console

.PHONY: deploy
deploy: ## Install the CRD and the operator into the cluster of your kubeconfig. IMG names the operator's image.
	. hack/lib.sh && $(KUSTOMIZE) build config/default | \
	yaml images "ghcr.io/seinode/seinode-operator:$$(this_version)" "$(IMG)" | kubectl apply --server-side -f -

.PHONY: undeploy
undeploy: ## Remove the CRD (see uninstall) and then the operator; namespace seinode-system stays if claims live in it.
	@FORCE="$(FORCE)" hack/remove.sh operator

.PHONY: docker-build
docker-build: ## Build the operator's image with Docker. IMG names it.
	docker build --build-arg VERSION=$(VERSION) -t $(IMG) .

.PHONY: docker-push
docker-push: ## Push the operator's image with Docker.
	docker push $(IMG)

.PHONY: bundle-build
bundle-build: ## Build the bundle's image with Docker. BUNDLE_IMG names it.
	docker build -f bundle.Dockerfile -t $(BUNDLE_IMG) .

.PHONY: catalog-build
catalog-build: ## Build the catalogue's image with Docker. CATALOG_IMG names it.
	docker build -f catalog.Dockerfile -t $(CATALOG_IMG) .
