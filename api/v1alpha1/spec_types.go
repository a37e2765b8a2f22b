package v1alpha1

import corev1 "k8s.io/api/core/v1"

// SeiNodeSpec is the node that a user wants.
//
// A transition rule on a nested object is skipped when its parent appears or disappears, so the rules that keep the
// mode and the data volume as they were stand here, where there is always an old and a new value.
//
// +kubebuilder:validation:XValidation:rule="[has(self.fullNode), has(self.archive), has(self.validator), has(self.seed)].filter(m, m).size() == 1",message="exactly one of spec.fullNode, spec.archive, spec.validator and spec.seed must be set"
// +kubebuilder:validation:XValidation:rule="has(self.fullNode) == has(oldSelf.fullNode) && has(self.archive) == has(oldSelf.archive) && has(self.validator) == has(oldSelf.validator) && has(self.seed) == has(oldSelf.seed)",message="the mode (spec.fullNode, spec.archive, spec.validator or spec.seed) is immutable; create another SeiNode"
// +kubebuilder:validation:XValidation:rule=`(has(self.dataVolume) && has(self.dataVolume.__import__) ? self.dataVolume.__import__.pvcName : "") == (has(oldSelf.dataVolume) && has(oldSelf.dataVolume.__import__) ? oldSelf.dataVolume.__import__.pvcName : "")`,message="spec.dataVolume.import.pvcName is immutable, and an import can be neither added nor removed; create another SeiNode"
// +kubebuilder:validation:XValidation:rule=`(has(self.dataVolume) && has(self.dataVolume.storageClassName) ? self.dataVolume.storageClassName : "") == (has(oldSelf.dataVolume) && has(oldSelf.dataVolume.storageClassName) ? oldSelf.dataVolume.storageClassName : "")`,message="spec.dataVolume.storageClassName is immutable: a claim never changes its class"
// +kubebuilder:validation:XValidation:rule=`(has(self.dataVolume) && has(self.dataVolume.homePath) ? self.dataVolume.homePath : "") == (has(oldSelf.dataVolume) && has(oldSelf.dataVolume.homePath) ? oldSelf.dataVolume.homePath : "")`,message="spec.dataVolume.homePath is immutable, and can be neither added nor removed; create another SeiNode"
// +kubebuilder:validation:XValidation:rule="(has(self.dataVolume) && has(self.dataVolume.__import__)) || (has(self.dataVolume) && has(self.dataVolume.size)) == (has(oldSelf.dataVolume) && has(oldSelf.dataVolume.size)) && (!has(self.dataVolume) || !has(self.dataVolume.size) || string(self.dataVolume.size).matches('[eE][-+.0-9]') || quantity(string(self.dataVolume.size)).compareTo(quantity(string(oldSelf.dataVolume.size))) == 0)",message="spec.dataVolume.size of a created claim is immutable: it is read once, when the claim is created; to expand the volume, raise the claim's own spec.resources.requests.storage"
// +kubebuilder:validation:XValidation:rule=`(has(self.validator) && has(self.validator.signingKey) ? self.validator.signingKey.secretName : "") == (has(oldSelf.validator) && has(oldSelf.validator.signingKey) ? oldSelf.validator.signingKey.secretName : "")`,message="spec.validator.signingKey.secretName is immutable, and a signing key can be neither added nor removed: two keys, or one key twice, cost money; create another SeiNode"
// +kubebuilder:validation:XValidation:rule="!has(self.seed) || has(self.nodeKey)",message="spec.nodeKey is required for a seed: its node ID is its address, and is lost with its volume otherwise; make a Secret with data key node_key.json and name it in spec.nodeKey.secretName"
// +kubebuilder:validation:XValidation:rule=`(has(self.nodeKey) ? self.nodeKey.secretName : "") == (has(oldSelf.nodeKey) ? oldSelf.nodeKey.secretName : "") || has(self.seed) && !has(oldSelf.nodeKey)`,message="spec.nodeKey.secretName is immutable, and a node key can be neither added nor removed; create another SeiNode"
// +kubebuilder:validation:XValidation:rule="!has(self.nodeKey) || !has(self.validator) || !has(self.validator.signingKey) || self.nodeKey.secretName != self.validator.signingKey.secretName",message="spec.nodeKey.secretName and spec.validator.signingKey.secretName must be two Secrets"
// +kubebuilder:validation:XValidation:rule="!has(self.overrides) || !(has(self.fullNode) || has(self.archive)) || self.overrides.all(k, k.replace('.', '_').replace('-', '_') != 'state_store_ss_enable' || ['1', 't', 'T', 'true', 'TRUE', 'True'].exists(on, on == self.overrides[k]))",message="spec.overrides must not switch state-store.ss-enable off on a full node or an archive: they answer queries from it, and seid panics when it comes back on"
// +kubebuilder:validation:XValidation:rule="!has(self.overrides) || has(self.validator) && !has(self.validator.signingKey) || self.overrides.all(k, k.replace('.', '_').replace('-', '_') != 'priv_validator_laddr')",message="spec.overrides may name a remote signer (priv-validator.laddr) only on a validator, and beside no spec.validator.signingKey"
// +kubebuilder:validation:XValidation:rule="!has(self.haltHeight) || !has(self.seed)",message="spec.haltHeight is not for a seed: it follows no chain, and so comes to no block; to stop it, set spec.paused"
// +kubebuilder:validation:XValidation:rule="!has(self.haltHeight) || !has(self.overrides) || self.overrides.all(k, !(k.replace('.', '_').replace('-', '_') in ['halt_height','halt_time']))",message="spec.overrides must not set halt-height or halt-time beside spec.haltHeight, which decides both"
// +kubebuilder:validation:XValidation:rule="!has(self.peers) || !has(self.peers.seeds) || !has(self.overrides) || self.overrides.all(k, !(k.replace('.', '_').replace('-', '_') in ['p2p_bootstrap_peers']))",message="spec.overrides must not set p2p.bootstrap-peers beside spec.peers.seeds, which decides it"
// +kubebuilder:validation:XValidation:rule="!has(self.sentries) || has(self.validator)",message="spec.sentries is for validators: what a sentry shields is a validator's address"
// +kubebuilder:validation:XValidation:rule="!has(self.sentries) || !has(self.peers)",message="spec.peers must not be set beside spec.sentries: a validator behind sentries connects to nobody else"
// +kubebuilder:validation:XValidation:rule="!has(self.sentries) || !has(self.externalAddress)",message="spec.externalAddress must not be set beside spec.sentries: nobody is told of a validator behind sentries"
// +kubebuilder:validation:XValidation:rule="!has(self.sentries) || !has(self.overrides) || self.overrides.all(k, !(k.replace('.', '_').replace('-', '_') in ['p2p_pex','p2p_bootstrap_peers','p2p_blocksync_peers','p2p_max_outbound_connections']))",message="spec.overrides must not set p2p.pex, p2p.bootstrap-peers, p2p.blocksync-peers or p2p.max-outbound-connections beside spec.sentries, which decides them"
// +kubebuilder:validation:XValidation:rule="!has(self.bootstrap) || !has(self.dataVolume) || !has(self.dataVolume.__import__)",message="spec.bootstrap must not be set beside spec.dataVolume.import: an imported volume brings its data, and is never written over"
// +kubebuilder:validation:XValidation:rule="!has(self.bootstrap) || !has(self.seed)",message="spec.bootstrap is not for a seed, which keeps no data"
// +kubebuilder:validation:XValidation:rule="!has(self.bootstrap) || !has(self.validator) || has(self.bootstrap.archive) && (has(self.validator.signingKey) && has(self.validator.signState) && self.validator.signState == 'Fresh' || has(self.overrides) && self.overrides.exists(k, k.replace('.', '_').replace('-', '_') == 'priv_validator_laddr'))",message="spec.bootstrap of a validator wants spec.bootstrap.archive and a key that never signed (spec.validator.signingKey with signState: Fresh) or a remote signer (priv-validator.laddr in spec.overrides): no archive brings a sign state; a validator that has signed comes with its volume and its newest sign state, in spec.dataVolume.import (docs/how-to/going-back.md), and takes spec.bootstrap off in the edit that takes signState off"
// +kubebuilder:validation:XValidation:rule=`(has(self.bootstrap) && has(self.bootstrap.volumeSnapshot) ? self.bootstrap.volumeSnapshot.name : "") == (has(oldSelf.bootstrap) && has(oldSelf.bootstrap.volumeSnapshot) ? oldSelf.bootstrap.volumeSnapshot.name : "")`,message="spec.bootstrap.volumeSnapshot is immutable, and can be neither added nor removed: the claim is made of it once; create another SeiNode"
// +kubebuilder:validation:XValidation:rule=`(has(self.bootstrap) && has(self.bootstrap.claim) ? self.bootstrap.claim.name : "") == (has(oldSelf.bootstrap) && has(oldSelf.bootstrap.claim) ? oldSelf.bootstrap.claim.name : "")`,message="spec.bootstrap.claim is immutable, and can be neither added nor removed: the node's claim is made of it once; create another SeiNode"
// +kubebuilder:validation:XValidation:rule="!has(self.bootstrap) || !has(self.archive) || has(self.bootstrap.volumeSnapshot) || has(self.bootstrap.claim) || has(self.bootstrap.archive) && has(self.bootstrap.archive.acceptFullHistory) && self.bootstrap.archive.acceptFullHistory",message="spec.bootstrap of an archive wants volumeSnapshot or claim of another archive, or spec.bootstrap.archive with acceptFullHistory: true: nothing in a published archive proves that it has all of the history, and pruned data is no archive's"
// +kubebuilder:validation:XValidation:rule="!has(self.bootstrap) || !has(self.bootstrap.stateSync) || !has(self.overrides) || self.overrides.all(k, !k.replace('.', '_').replace('-', '_').startsWith('statesync_'))",message="spec.overrides must not set statesync.* beside spec.bootstrap.stateSync, which decides all of it"
// +kubebuilder:validation:XValidation:rule="!has(self.networkPolicy) || !has(self.networkPolicy.rpcFrom) || !has(self.seed) && (!has(self.validator) || has(self.validator.rpcAccess) && self.validator.rpcAccess == 'Cluster')",message="spec.networkPolicy.rpcFrom is for a node that serves RPC: a seed never does, and a validator only with spec.validator.rpcAccess: Cluster"
// +kubebuilder:validation:XValidation:rule="!has(self.snapshots) || has(self.fullNode) || has(self.archive)",message="spec.snapshots is for full nodes and archives: a seed has no state, and a validator signs while it makes one; let another node of the chain serve state sync"
// +kubebuilder:validation:XValidation:rule="!has(self.snapshots) || !has(self.overrides) || self.overrides.all(k, !(k.replace('.', '_').replace('-', '_') in ['state_sync_snapshot_interval','state_sync_snapshot_keep_recent']))",message="spec.overrides must not set state-sync.snapshot-interval or state-sync.snapshot-keep-recent beside spec.snapshots, which decides both"
// +kubebuilder:validation:XValidation:rule="!has(self.expose) || self.expose.type == 'ClusterIP' || !has(self.externalAddress)",message="spec.externalAddress must not be set beside spec.expose, which finds the address: a name of yours goes into spec.expose.host"
// +kubebuilder:validation:XValidation:rule="!has(self.sentries) || !has(self.expose) || self.expose.type == 'ClusterIP'",message="spec.expose must not be set beside spec.sentries: nobody is told of a validator behind sentries; expose these"
type SeiNodeSpec struct {
	// chainId is the chain that the node follows, for example pacific-1, atlantic-2 or arctic-1. Immutable.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec.chainId is immutable; create another SeiNode"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Chain ID",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	ChainID string `json:"chainId,omitempty"`

	// image is the container image that holds seid, for example ghcr.io/sei-protocol/sei:v6.6.2. A change replaces the pod. Once an upgrade of
	// spec.upgrades is reached, its image counts in place of this one.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[^\s]+$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Image",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	Image string `json:"image,omitempty"`

	// upgrades are the upgrades of the chain that the node is to take, in the order of their heights, by the plan's name on chain. When seid
	// stops for one of them, the pod is replaced by one of its image, and goes on. To take the last one that was reached off the list has spec.image
	// count again: set it in the same edit.
	//
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Upgrades",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Upgrades []Upgrade `json:"upgrades,omitempty"`

	// upgradePolicy is how the node gets ready for the upgrades of spec.upgrades, and what is done beside one. A change of it replaces no pod.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Upgrade Policy",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	UpgradePolicy *UpgradePolicy `json:"upgradePolicy,omitempty"`

	// fullNode makes the node a full node: it serves RPC and keeps recent history.
	// Exactly one of fullNode, archive, validator and seed is set; which one is immutable.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Full Node"
	FullNode *FullNodeSpec `json:"fullNode,omitempty"`

	// archive makes the node an archive: it serves RPC and keeps all history.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Archive"
	Archive *ArchiveSpec `json:"archive,omitempty"`

	// validator makes the node a validator: it signs blocks with the key on its volume.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Validator"
	Validator *ValidatorSpec `json:"validator,omitempty"`

	// seed makes the node a seed: it crawls the network and hands out peers. It wants a nodeKey.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Seed"
	Seed *SeedSpec `json:"seed,omitempty"`

	// dataVolume says where the chain's data lives. Absent or empty, a claim named data-<node> is created with the
	// defaults of the node's mode.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Data Volume"
	DataVolume *DataVolumeSpec `json:"dataVolume,omitempty"`

	// bootstrap says where the data of an empty volume comes from. It is used only while the volume holds no chain data, and is inert afterwards: it may
	// stay, be changed and be removed, but for volumeSnapshot and claim. Absent, the node begins with what the volume holds, or from the chain's genesis. Never with import or for a
	// seed, which keeps no data. For a validator only an archive, with a key that never signed, or a remote signer: none brings a sign state.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Bootstrap",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Bootstrap *BootstrapSpec `json:"bootstrap,omitempty"`

	// genesis names where the chain's genesis file comes from. Absent, the one on the volume, or the one that the image
	// brings for a chain that it knows. A genesis file on the volume is never replaced.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Genesis",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Genesis *GenesisSpec `json:"genesis,omitempty"`

	// nodeKey names the key that gives the node its ID among its peers. Absent, the one on the volume, or a new one.
	// Required for a seed, whose ID is its address. Immutable.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Node Key",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	NodeKey *SecretReference `json:"nodeKey,omitempty"`

	// peers are the nodes that this one connects to. Absent, those of the volume's configuration.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Peers",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Peers *PeersSpec `json:"peers,omitempty"`

	// sentries selects the SeiNodes of the namespace and the chain, full nodes and archives, that stand between a validator and everybody else. The validator exchanges no
	// addresses and connects to nobody but those of them that shield it; each of them dials it, and tells nobody of it, for which its pod is replaced once. At most 32 are taken.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Sentries",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Sentries *SeiNodeSelector `json:"sentries,omitempty"`

	// externalAddress is the <host>:<port> that the node tells its peers to reach it at. Absent, none.
	//
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=320
	// +kubebuilder:validation:Pattern=`^[^\s,]+:[0-9]{1,5}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="External Address",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:text"}
	ExternalAddress *string `json:"externalAddress,omitempty"`

	// expose has the node reached by peers from outside of the cluster, and tells them at which address, once that is known and resolves: the pod is replaced
	// once for it. Absent, or of type ClusterIP, it is reached inside of the cluster. Not beside externalAddress.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Expose",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Expose *ExposeSpec `json:"expose,omitempty"`

	// networkPolicy has a NetworkPolicy made for the node's pod, which lets in its peers, the operator's questions to the agent, whoever may use its RPC, and
	// nobody else. Absent, none is made. A network that enforces no policies enforces this one as little. A change restarts nothing.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Network Policy",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	NetworkPolicy *NetworkPolicySpec `json:"networkPolicy,omitempty"`

	// overrides are settings in seid's own dotted keys, of config.toml and app.toml alike, for example
	// p2p.max-connections: "200". They are applied last, as environment of the seid container; no file on the volume is
	// rewritten. Keys that the operator must own are refused. A change replaces the pod.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 128 && k.matches('^[a-z0-9_-]+([.][a-z0-9_-]+){0,3}$'))",message="a key of spec.overrides must be one of seid's own, such as p2p.max-connections: lower case, at most 128 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(self[k]) <= 1024)",message="a value of spec.overrides may have 1024 characters at the most"
	// +kubebuilder:validation:XValidation:rule="self.all(k, !(k.replace('.', '_').replace('-', '_') in ['api_address','chain_id','consensus_wal_file','db_dir','evm_http_port','evm_ws_port','genesis_file','grpc_address','grpc_web_address','home','instrumentation_prometheus','instrumentation_prometheus_listen_addr','mode','node_key_file','p2p_laddr','priv_validator_key_file','priv_validator_state_file','receipt_store_db_directory','rpc_laddr','state_commit_sc_directory','state_store_ss_db_directory','state_sync_snapshot_directory','statesync_temp_dir','wasm_dir']))",message="spec.overrides must not set what the operator owns: paths, the mode, key and state files, and the addresses that the Service names (home, mode, db-dir, chain-id, genesis-file, node-key-file, rpc.laddr, p2p.laddr, api.address, grpc.address, grpc-web.address, evm.http_port, evm.ws_port, instrumentation.*, consensus.wal-file, priv-validator.key-file, priv-validator.state-file and the stores' directories)"
	// +kubebuilder:validation:XValidation:rule="self.all(k, !(k.replace('.', '_').replace('-', '_') in ['p2p_persistent_peers','p2p_external_address']))",message="spec.overrides must not set p2p.persistent-peers or p2p.external-address: use spec.peers and spec.externalAddress"
	// +kubebuilder:validation:XValidation:rule="self.all(k, !(k.replace('.', '_').replace('-', '_') in ['halt_height']) || self[k] == '0')",message="spec.overrides must not set halt-height: seid would stop at that block, and commit one more at each restart; use spec.haltHeight, which keeps it stopped. Only 0 is allowed, where the volume's app.toml has another"
	// +kubebuilder:validation:XValidation:rule="self.all(k, self.exists_one(j, j.replace('.', '_').replace('-', '_') == k.replace('.', '_').replace('-', '_')))",message="spec.overrides has one setting in two spellings: seid takes rpc_laddr, rpc-laddr and rpc.laddr for one; keep one of them"
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.replace('.', '_').replace('-', '_') != 'state_commit_sc_enable' || ['1', 't', 'T', 'true', 'TRUE', 'True'].exists(on, on == self[k]))",message="spec.overrides must not switch state-commit.sc-enable off: seid does not start without its state"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Overrides",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Overrides map[string]string `json:"overrides,omitempty"`

	// resources are those of the seid container. Absent, the platform's default for the mode. A change replaces the pod.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Resources",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:resourceRequirements"}
	Resources *corev1.ResourceRequirements `json:"resources,omitempty"`

	// nodeSelector restricts the machines that the pod may run on. Absent, the platform's default.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Node Selector",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:selector:core:v1:Node"}
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// tolerations let the pod run on tainted machines. Absent, the platform's default.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Tolerations",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// affinity steers the pod's placement. Absent, the platform's default. In any case the node's pod repels a second one of the
	// same node from every machine.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Affinity",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Affinity *corev1.Affinity `json:"affinity,omitempty"`

	// topologySpreadConstraints spread the pods of several nodes over machines or zones. Absent, the platform's default. A change replaces
	// the pod.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Topology Spread Constraints",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`

	// priorityClassName is the class that says which pods give way to this one. Absent, the platform's default. A change replaces the pod.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Priority Class",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:text"}
	PriorityClassName *string `json:"priorityClassName,omitempty"`

	// serviceAccountName is the ServiceAccount that the pod runs as, for example to pull its image; its token is not mounted. Absent, the
	// namespace's default. A change replaces the pod.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Service Account",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:io.kubernetes:ServiceAccount"}
	ServiceAccountName *string `json:"serviceAccountName,omitempty"`

	// runAs is the user and group that seid, and the containers that look at its volume, run as. Absent, 65532 for both. On an
	// imported volume nothing but seid changes the owner or the mode of a file, so it has to be a user who may read and write
	// what lies there. A change replaces the pod, and no file's owner.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Run As",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	RunAs *RunAs `json:"runAs,omitempty"`

	// podLabels are added to the pod. Keys under sei.io/ and app.kubernetes.io/ are the operator's own.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('sei.io/') && !k.startsWith('app.kubernetes.io/'))",message="spec.podLabels must not use keys under sei.io/ or app.kubernetes.io/: the operator selects pods by them"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Pod Labels",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	PodLabels map[string]string `json:"podLabels,omitempty"`

	// podAnnotations are added to the pod. Keys under sei.io/ are the operator's own.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('sei.io/'))",message="spec.podAnnotations must not use keys under sei.io/"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Pod Annotations",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	PodAnnotations map[string]string `json:"podAnnotations,omitempty"`

	// imagePullSecrets name Secrets in the node's namespace to pull the image with. Absent, the platform's default.
	//
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Image Pull Secrets",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	ImagePullSecrets []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`

	// terminationGracePeriodSeconds is how long seid may take to stop before it is killed, which can corrupt its
	// databases. Absent, 300 for an archive, 10 for a seed, which stops on no signal and keeps nothing precious, and 120 for the
	// other modes. At least 30.
	//
	// +optional
	// +kubebuilder:validation:Minimum=30
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Termination Grace Period",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:number"}
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitempty"`

	// haltHeight is a block at which seid stops, in order, and stays stopped, also when its container, its pod or its machine is started again. A node that
	// has that block already does not start. To go on, remove it or raise it. Not for a seed, which follows no chain. A change replaces the pod.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Halt Height",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:number"}
	HaltHeight *int64 `json:"haltHeight,omitempty"`

	// snapshots makes the node one that others take their state from (state sync), as their peer. For full nodes and archives. Absent, what the files on the
	// volume say: none, as `seid init` writes them. A change replaces the pod.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Snapshots",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Snapshots *SnapshotsSpec `json:"snapshots,omitempty"`

	// paused stops the node: its pod is taken down and comes back when paused is false or absent, in any phase.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Paused",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch"}
	Paused *bool `json:"paused,omitempty"`
}
