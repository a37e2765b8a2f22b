// Package seid is what we know of the workload, as data: where its home is, which ports it serves, and how it is told what
// the operator decides. Everything here was observed on seid v6.6.2.
package seid

// Home is seid's home folder in the container, where the data volume is mounted.
const Home = "/home/nonroot/.sei"

// User is the user and group that seid runs as: "nonroot" of the distroless images.
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
)

// Port is one port that seid serves.
type Port struct {
	Name   string
	Number int32
	// AppProtocol is the Service's appProtocol, "" for none.
	AppProtocol string
}

// Ports are seid's defaults (seid init v6.6.2).
var Ports = []Port{
	{Name: PortEVMRPC, Number: 8545},
	{Name: PortEVMWS, Number: 8546},
	{Name: PortGRPC, Number: 9090, AppProtocol: "kubernetes.io/h2c"},
	{Name: PortREST, Number: 1317},
	{Name: PortP2P, Number: 26656},
	{Name: PortRPC, Number: 26657},
	{Name: PortMetrics, Number: 26660},
}

// Setting is one environment variable. seid reads SEID_<KEY> for any key of config.toml and app.toml, so no file on the
// data volume is ever rewritten.
type Setting struct{ Name, Value string }

// Settings are what the Service's ports need: a validator's and a seed's default files bind RPC and P2P to loopback, and
// Prometheus is off in every mode.
var Settings = []Setting{
	{"SEID_RPC_LADDR", "tcp://0.0.0.0:26657"},
	{"SEID_P2P_LADDR", "tcp://0.0.0.0:26656"},
	{"SEID_INSTRUMENTATION_PROMETHEUS", "true"},
	{"SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR", ":26660"},
}
