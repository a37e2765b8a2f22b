package serve_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// rpc answers as seid does.
type rpc struct {
	status, netInfo string
	code            int
}

func status(height int, age time.Duration, catchingUp bool) string {
	return fmt.Sprintf(`{"node_info":{"id":"abc","network":"pacific-1"},"sync_info":{"latest_block_height":"%d","latest_block_time":%q,`+
		`"earliest_block_height":"3","catching_up":%t}}`, height, now.Add(-age).Format(time.RFC3339Nano), catchingUp)
}

func healthy() rpc { return rpc{status(100, 2*time.Second, false), peers(4), http.StatusOK} }

// peers is an answer of a node with so many connections, one of the addresses of which it knows.
func peers(connections int) string {
	entry := `{"node_id":"abc","state":"ready,connected","score":"100"}`
	return `{"listening":true,"listeners":[""],"n_peers":"1","peers":[{"node_id":"abc","url":"mconn://abc@192.0.2.1:26656"}],"peer_connections":[` +
		strings.TrimSuffix(strings.Repeat(entry+",", connections), ",") + `]}`
}

func (r rpc) with(change func(*rpc)) rpc {
	change(&r)
	return r
}

// inbound is a node that others dial: it knows no address.
func inbound(known string) func(*rpc) {
	return func(r *rpc) {
		r.netInfo = `{` + known + `,"peer_connections":[{"node_id":"abc","state":"ready,connected","score":"100"}]}`
	}
}

// lost is a node that knows four addresses, and is connected to none.
func lost(connections string) func(*rpc) {
	return func(r *rpc) {
		r.netInfo = `{"n_peers":"4","peers":[{"node_id":"abc","url":"mconn://abc@192.0.2.1:26656"}],"peer_connections":` + connections + `}`
	}
}

func wrap(text string) string { return `{"jsonrpc":"2.0","id":-1,"result":` + text + `}` }

// started returns an agent of a node that answers so, which has not looked yet.
func started(t *testing.T, answers rpc, volume string) *serve.Agent {
	t.Helper()
	return agentOf(t, answers, volume, 1)
}

// watch returns an agent of a node that answers so, after one look.
func watch(t *testing.T, answers rpc, volume string, minPeers int) *serve.Agent {
	t.Helper()
	agent := agentOf(t, answers, volume, minPeers)
	agent.Look(t.Context())
	return agent
}

func agentOf(t *testing.T, answers rpc, volume string, minPeers int) *serve.Agent {
	t.Helper()
	return agentWith(t, answers, serve.Options{Volume: volume, MinPeers: minPeers})
}

// agentWith returns an agent with those options of a node that answers so.
func agentWith(t *testing.T, answers rpc, o serve.Options) *serve.Agent {
	t.Helper()
	seidRPC := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(answers.code)
		_, _ = fmt.Fprint(w, map[string]string{"/status": answers.status, "/net_info": answers.netInfo}[r.URL.Path])
	}))
	t.Cleanup(seidRPC.Close)
	o.RPC, o.MaxBlockAge = seidRPC.URL, time.Minute
	return serve.New(o, func() time.Time { return now })
}

func ask(agent *serve.Agent, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	agent.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return answer
}

func TestReadiness(t *testing.T) {
	for name, test := range map[string]struct {
		answers  rpc
		minPeers int
		says     string // "" for ready
	}{
		"healthy":                    {healthy(), 1, ""},
		"healthy, wrapped answers":   {healthy().with(func(r *rpc) { r.status, r.netInfo = wrap(r.status), wrap(r.netInfo) }), 1, ""},
		"healthy, numbers":           {healthy().with(func(r *rpc) { r.status = strings.Replace(r.status, `"100"`, "100", 1) }), 1, ""},
		"catching up":                {healthy().with(func(r *rpc) { r.status = status(100, time.Second, true) }), 1, "seid is catching up"},
		"catching up with one peer":  {healthy().with(func(r *rpc) { r.status, r.netInfo = status(100, time.Second, true), peers(1) }), 1, "has 1 of the 2 peers that it needs"},
		"inbound peers alone":        {healthy().with(inbound(`"peers":null,"n_peers":"0"`)), 1, ""},
		"every peer lost":            {healthy().with(lost("null")), 1, "0 peers; wanted at least 1"},
		"every peer lost, a list":    {healthy().with(lost("[]")), 1, "0 peers; wanted at least 1"},
		"no peers, and none wanted":  {healthy().with(lost("null")), 0, ""},
		"a peer that is dialled":     {healthy().with(func(r *rpc) { r.netInfo = strings.ReplaceAll(peers(1), "ready,connected", "dialing") }), 1, "0 peers"},
		"an older version":           {healthy().with(func(r *rpc) { r.netInfo = `{"n_peers":"4","peers":[{"node_id":"abc"}]}` }), 0, "change spec.image to one that does"},
		"connections, but no list":   {healthy().with(lost(`"many"`)), 0, "does not answer"},
		"an old block":               {healthy().with(func(r *rpc) { r.status = status(100, 61*time.Second, false) }), 1, "older than the 1m0s"},
		"a block of the last second": {healthy().with(func(r *rpc) { r.status = status(100, 59*time.Second, false) }), 1, ""},
		"no block":                   {healthy().with(func(r *rpc) { r.status = status(0, 0, false) }), 1, "no block"},
		"an error":                   {healthy().with(func(r *rpc) { r.code = http.StatusInternalServerError }), 1, "does not answer"},
		"not found":                  {healthy().with(func(r *rpc) { r.code = http.StatusNotFound }), 1, "does not answer"},
		"no JSON":                    {healthy().with(func(r *rpc) { r.status = "<html>" }), 1, "does not answer"},
		"an empty object":            {healthy().with(func(r *rpc) { r.status = "{}" }), 1, "does not answer"},
		"no catching_up":             {healthy().with(func(r *rpc) { r.status = strings.Replace(r.status, "catching_up", "x", 1) }), 1, "lacks catching_up"},
		"no peer_connections":        {healthy().with(func(r *rpc) { r.netInfo = "{}" }), 0, "no peer_connections"},
		"no block time":              {healthy().with(func(r *rpc) { r.status = strings.Replace(r.status, "latest_block_time", "x", 1) }), 1, "lacks catching_up"},
		"a height that is no number": {healthy().with(func(r *rpc) { r.status = strings.Replace(r.status, `"100"`, `"many"`, 1) }), 1, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ask(watch(t, test.answers, t.TempDir(), test.minPeers), "/readyz")
			want := http.StatusOK
			if test.says != "" {
				want = http.StatusServiceUnavailable
			}
			if answer.Code != want || !strings.Contains(answer.Body.String(), test.says) {
				t.Errorf("%d %s; wanted %d …%s…", answer.Code, answer.Body, want, test.says)
			}
		})
	}
}

func TestNothingIsReadyBeforeTheFirstLook(t *testing.T) {
	agent := serve.New(serve.Options{}, time.Now)
	if answer := ask(agent, "/readyz"); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if answer := ask(agent, "/livez"); answer.Code != http.StatusOK {
		t.Errorf("the agent itself lives: %d", answer.Code)
	}
}

func TestTheStatusDocument(t *testing.T) {
	var got wire.NodeStatus
	if err := json.Unmarshal(ask(watch(t, healthy(), t.TempDir(), 1), "/status").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := wire.NodeStatus{Ready: true, Answers: true, NodeID: "abc", Network: "pacific-1", Height: 100, EarliestHeight: 3, BlockAgeSeconds: 2, Peers: 4, Connected: wire.ConnectedToMany}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMetrics(t *testing.T) {
	body := ask(watch(t, healthy(), t.TempDir(), 1), "/metrics").Body.String()
	for _, line := range []string{
		"sei_node_ready 1", "sei_node_rpc_up 1", "sei_node_height 100", "sei_node_earliest_height 3", "sei_node_catching_up 0",
		"sei_node_block_age_seconds 2", "sei_node_peers 4", "sei_node_upgrade_halt 0", "sei_node_agent_build_info{version=",
	} {
		if !strings.Contains(body, line) {
			t.Errorf("no %q in:\n%s", line, body)
		}
	}
}

// TestASeedIsReadyWhilePeersReachIt: it opens no other port, and whatever answers at the RPC's address is not asked.
func TestASeedIsReadyWhilePeersReachIt(t *testing.T) {
	asked := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer elsewhere.Close()
	p2p, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	agent := serve.New(serve.Options{RPC: elsewhere.URL, P2P: p2p.Addr().String(), Volume: t.TempDir()}, time.Now)
	agent.Look(t.Context())
	if answer := ask(agent, "/readyz"); answer.Code != http.StatusOK || asked {
		t.Errorf("%d %s; the RPC was asked: %t", answer.Code, answer.Body, asked)
	}
	metrics := ask(agent, "/metrics").Body.String()
	if !strings.Contains(metrics, "\nsei_node_ready 1\n") || strings.Contains(metrics, "sei_node_rpc_up") || strings.Contains(metrics, "sei_node_height") {
		t.Errorf("metrics of a seed: %s", metrics)
	}
	_ = p2p.Close()
	agent.Look(t.Context())
	if answer := ask(agent, "/readyz"); answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "P2P port does not accept") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// FuzzAnswers: no answer makes the agent panic, and none is ready but one that says all that it must.
func FuzzAnswers(f *testing.F) {
	f.Add(status(1, 0, false), peers(1))
	f.Add(wrap(status(1, 0, true)), wrap(`{"n_peers":"1","peer_connections":null}`))
	f.Add(status(1, 0, false), `{"n_peers":"1"}`)
	f.Add(`{"result":{"result":{}}}`, `[]`)
	f.Fuzz(func(t *testing.T, status, netInfo string) {
		agent := watch(t, rpc{status, netInfo, http.StatusOK}, t.TempDir(), 1)
		var got wire.NodeStatus
		if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Ready && (got.Height <= 0 || got.Peers < 1 || got.CatchingUp || !got.Answers) {
			t.Errorf("ready on %q, %q: %+v", status, netInfo, got)
		}
	})
}
