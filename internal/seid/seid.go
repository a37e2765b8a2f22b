// Package seid is what we know of the workload, as data: where its home is, which ports it serves, and how it is told what
// the operator decides. Everything here was observed on seid v6.6.2.
package seid

// Where things are in a node's pod.
const (
	// Home is what seid takes for its home folder: a link to where the home lies on the data volume.
	Home = "/home/nonroot/.sei"
	// HomeParent is a scratch folder that holds the link.
	HomeParent = "/home/nonroot"
	// Volume is where the data volume is mounted.
	Volume = "/volume"
	// Scratch is a scratch folder, gone with the pod.
	Scratch = "/scratch"
	// ScratchHome is a fresh home with this version's defaults, made by `seid init`.
	ScratchHome = Scratch + "/home"
	// AgentCopy is the agent's program, where a pod that is to stop at a block has it for seid's container.
	AgentCopy = Scratch + "/seinode-agent"
	// SyncSaid is the file in which the agent around seid says how far a state sync is, for the one beside it.
	SyncSaid = Scratch + "/sync.json"
	// MemoryHome is a home for a command that needs none and writes its default files all the same, where nothing is mounted: every container has some
	// memory there that anybody may write to.
	MemoryHome = "/dev/shm/seid"
	// GenesisDir, SecretKeyDir and NodeKeyDir are where what the SeiNode names is mounted, read-only.
	GenesisDir   = "/genesis"
	SecretKeyDir = "/keys/secret"
	NodeKeyDir   = "/keys/node"
	// ArchiveAuthDir holds what an archive is fetched with: username and password, or token.
	ArchiveAuthDir = "/archive-auth"
	// SigningKeyDir holds, in memory, the copy of a Secret's signing key that seid signs with for as long as the pod lives.
	SigningKeyDir = "/keys/signing"
	// ReservationDir holds ReservationFile: which key the operator reserved for a validator.
	ReservationDir  = "/reservation"
	ReservationFile = "reservation.json"
	// GenesisFile, SigningKeyFile, SignStateFile and NodeKeyFile are the files' names, on a volume and in Secrets alike.
	GenesisFile    = "genesis.json"
	SigningKeyFile = "priv_validator_key.json"
	SignStateFile  = "priv_validator_state.json"
	NodeKeyFile    = "node_key.json"
)

// OwnNodeKeyFile is the node key of a node whose volume began as a copy of another's, below ConfigDir. It has the SeiNode's UID in its name: a copy of such a volume
// brings it along, and is another node.
func OwnNodeKeyFile(uid string) string { return "seinode_node_key-" + uid + ".json" }

// PublicChains cannot be followed from their genesis with a current seid ("integer divide by zero", by its documentation): a node of them begins with data.
var PublicChains = []string{"pacific-1", "atlantic-2"}

// User is the user and group that seid runs as where a node names no other: "nonroot" of the distroless images.
const User int64 = 65532

// The names of the ports that seid serves.
const (
	PortEVMRPC  = "evm-rpc"
	PortEVMWS   = "evm-ws"
	PortGRPC    = "grpc"
	PortREST    = "rest"
	PortP2P     = "p2p"
	PortRPC     = "rpc"
	PortMetrics = "metrics"
	// PortAgent is the agent's, beside seid: readiness, status and metrics.
	PortAgent = "agent-metrics"
)

// AgentPort is the port that the agent listens on.
const AgentPort int32 = 8090

// RPCPort is that of seid's RPC.
const RPCPort int32 = 26657

// P2PPort is the port that seid's peers reach it at.
const P2PPort int32 = 26656

// MetricsPort is the port of seid's metrics.
const MetricsPort int32 = 26660

// Port is one port that seid serves.
type Port struct {
	Name   string
	Number int32
	// AppProtocol is the Service's appProtocol, "" for none.
	AppProtocol string
}

// SeedPorts are those of a seed: no RPC, REST, gRPC, EVM or Prometheus, whatever its configuration says (v6.6.2).
var SeedPorts = []Port{{Name: PortP2P, Number: P2PPort}}

// ValidatorPorts are those of a validator that answers nobody but its own pod.
var ValidatorPorts = []Port{{Name: PortP2P, Number: P2PPort}, {Name: PortMetrics, Number: MetricsPort}}

// Ports are seid's defaults (seid init v6.6.2), in every other mode.
var Ports = []Port{
	{Name: PortEVMRPC, Number: 8545},
	{Name: PortEVMWS, Number: 8546},
	{Name: PortGRPC, Number: 9090, AppProtocol: "kubernetes.io/h2c"},
	{Name: PortREST, Number: 1317},
	{Name: PortP2P, Number: P2PPort},
	{Name: PortRPC, Number: RPCPort},
	{Name: PortMetrics, Number: MetricsPort},
}
