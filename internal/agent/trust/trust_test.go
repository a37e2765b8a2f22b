package trust_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const chain = "sei-1"

// server is a witness: what it says of itself and of its blocks.
type server struct {
	id, network    string
	latest, lowest int64
	age            time.Duration
	catchingUp     bool
	// fork begins the hash of every block, "" for that of the chain.
	fork string
	// wraps says that its answers have an envelope.
	wraps bool
	// status is answered in place of anything, 0 for nothing; silent has no blocks, other has another block than it was asked for, and torn the commit of another one.
	status              int
	silent, other, torn bool
	// signatures is how many a commit has.
	signatures int
}

func (s server) of(change func(*server)) server {
	change(&s)
	return s
}

// good is one that agrees.
func good(id string) server { return server{id: id, network: chain, latest: 100_500, lowest: 1} }

// commit is the answer to /commit, as a seid of these days writes it.
func commit(hash, network string, height, committed int64, signatures int) string {
	signature := `,{"block_id_flag":2,"validator_address":"` + strings.Repeat("AB", 20) + `","timestamp":"2026-11-27T12:00:00.123456789Z","signature":"` + strings.Repeat("x", 88) + `"}`
	return fmt.Sprintf(`{"signed_header":{"header":{"version":{"block":"11"},"chain_id":%q,"height":"%d","last_block_id":{"hash":"AB"}},`+
		`"commit":{"height":"%d","round":0,"block_id":{"hash":%q,"parts":{"total":1,"hash":"CD"}},"signatures":[%s]}},"canonical":true}`,
		network, height, committed, hash, strings.TrimPrefix(strings.Repeat(signature, signatures), ","))
}

func of(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func hash(fork string, height int64) string { return fmt.Sprintf("%s%064X", fork, height)[:64] }

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var text string
	var height int64
	_, _ = fmt.Sscan(r.URL.Query().Get("height"), &height)
	switch {
	case s.status != 0:
		http.Error(w, "no", s.status)
		return
	case r.URL.Path == "/status":
		text = fmt.Sprintf(`{"node_info":{"id":%q,"network":%q},"sync_info":{"latest_block_height":"%d","latest_block_time":%q,"earliest_block_height":"%d","catching_up":%t}}`,
			s.id, s.network, s.latest, now.Add(-s.age).Format(time.RFC3339Nano), s.lowest, s.catchingUp)
	case r.URL.Path == "/commit" && !s.silent && height >= s.lowest && height <= s.latest:
		text = commit(hash(s.fork, height), s.network, height+of(s.other), height+of(s.other || s.torn), s.signatures)
	default:
		http.Error(w, "no such block", http.StatusInternalServerError)
		return
	}
	if s.wraps {
		text = `{"jsonrpc":"2.0","id":-1,"result":` + text + `}`
	}
	_, _ = fmt.Fprint(w, text)
}

// asked asks those servers.
func asked(t *testing.T, o trust.Options, servers ...server) (trust.Trusted, *trust.Doubt, []string) {
	t.Helper()
	var names []string
	for _, one := range servers {
		running := httptest.NewServer(one)
		t.Cleanup(running.Close)
		names = append(names, running.URL)
	}
	o.Servers = append(o.Servers, names...)
	o.ChainID, o.Now = chain, func() time.Time { return now }
	if o.Offset == 0 {
		o.Offset = 10_000
	}
	got, doubt := trust.Make(t.Context(), o)
	return got, doubt, names
}

// TestWhomToTrust: two machines that agree and nobody who does not, and for anything else the reason, and who is the cause.
func TestWhomToTrust(t *testing.T) {
	a, b, c := good("aa"), good("bb"), good("cc")
	lying := c.of(func(s *server) { s.fork = "F" })
	gone := c.of(func(s *server) { s.status = http.StatusTooManyRequests })
	pin := trust.Options{Pin: trust.Point{Height: 70_123, Hash: strings.ToLower(hash("", 70_123))}}
	for name, test := range map[string]struct {
		options trust.Options
		servers []server
		reason  string
		says    []string
		height  int64
		by      []int
	}{
		"two agree":                     {servers: []server{a, b}, height: 90_000, by: []int{0, 1}},
		"with an envelope":              {servers: []server{a, b.of(func(s *server) { s.wraps = true })}, height: 90_000, by: []int{0, 1}},
		"the lowest tip counts":         {servers: []server{a, b.of(func(s *server) { s.latest = 60_001 })}, height: 50_000, by: []int{0, 1}},
		"a young chain, its first":      {servers: []server{a.of(func(s *server) { s.latest = 60 }), b.of(func(s *server) { s.latest = 61 })}, height: 1, by: []int{0, 1}},
		"another offset":                {options: trust.Options{Offset: 50_000}, servers: []server{a, b}, height: 50_000, by: []int{0, 1}},
		"a third does not answer":       {servers: []server{gone, a, b}, height: 90_000, by: []int{1, 2}},
		"a third catches up":            {servers: []server{a, b, c.of(func(s *server) { s.age, s.latest, s.fork = time.Hour, 20_000, "F" })}, height: 90_000, by: []int{0, 1}},
		"a third lost the block":        {servers: []server{a, b, c.of(func(s *server) { s.lowest = 90_001 })}, height: 90_000, by: []int{0, 1}},
		"a third is one of the two":     {servers: []server{a, a, b}, height: 90_000, by: []int{0, 2}},
		"the user knows the block":      {options: pin, servers: []server{a, b}, height: 70_123, by: []int{0, 1}},
		"one lies":                      {servers: []server{a, lying}, reason: wire.ReasonWitnessDisagreement, says: []string{"block 90000", hash("", 90_000), hash("F", 90_000), "%0", "%1"}},
		"one lies, and two agree":       {servers: []server{a, b, lying}, reason: wire.ReasonWitnessDisagreement, says: []string{"%0", "%1", "%2"}},
		"one lies, and is there twice":  {servers: []server{a, lying.of(func(s *server) { s.id = "aa" })}, reason: wire.ReasonWitnessDisagreement},
		"both lie, and the user knows":  {options: pin, servers: []server{lying, lying.of(func(s *server) { s.id = "dd" })}, reason: wire.ReasonWitnessDisagreement, says: []string{"spec.bootstrap.stateSync.trust says " + hash("", 70_123)}},
		"one machine by two names":      {servers: []server{a, a}, reason: wire.ReasonWitnessRepeated, says: []string{"%0 and %1 are one node, aa", "wanted 2"}},
		"of another spelling":           {servers: []server{a, a.of(func(s *server) { s.id = "AA" })}, reason: wire.ReasonWitnessRepeated},
		"one is of another chain":       {servers: []server{a, b, c.of(func(s *server) { s.network = "sei-2" })}, reason: wire.ReasonWrongChain, says: []string{`%2 follows chain "sei-2"; wanted "sei-1"`}},
		"one does not answer":           {servers: []server{a, gone}, reason: wire.ReasonWitnessUnreachable, says: []string{"1 of the 2 servers", "%1 does not answer", "429"}},
		"nobody answers":                {servers: []server{gone, gone}, reason: wire.ReasonWitnessUnreachable, says: []string{"0 of the 2 servers", "%0", "%1"}},
		"nobody is known":               {reason: wire.ReasonWitnessUnreachable, says: []string{"0 are known"}},
		"one is known":                  {servers: []server{a}, reason: wire.ReasonWitnessUnreachable, says: []string{"1 are known"}},
		"one has no block":              {servers: []server{a, b.of(func(s *server) { s.silent = true })}, reason: wire.ReasonWitnessUnreachable, says: []string{"%1 does not answer"}},
		"one has another block":         {servers: []server{a, b.of(func(s *server) { s.other = true })}, reason: wire.ReasonWitnessUnreachable, says: []string{"is not of that block"}},
		"one has another's commit":      {servers: []server{a, b.of(func(s *server) { s.torn = true })}, reason: wire.ReasonWitnessUnreachable, says: []string{"is not of that block"}},
		"one has a hash that is none":   {servers: []server{a, b.of(func(s *server) { s.fork = "no" })}, reason: wire.ReasonWitnessUnreachable, says: []string{"is not of that block"}},
		"one has a thousand validators": {servers: []server{a, b.of(func(s *server) { s.signatures = 1000 })}, height: 90_000, by: []int{0, 1}},
		"one answers without an end":    {servers: []server{a, b.of(func(s *server) { s.signatures = 100_000 })}, reason: wire.ReasonWitnessUnreachable, says: []string{"%1 does not answer"}},
		"one says nothing of itself":    {servers: []server{a, b.of(func(s *server) { s.id = "" })}, reason: wire.ReasonWitnessUnreachable, says: []string{"names no node"}},
		"one says that it catches up, and has the newest block": {servers: []server{a, b.of(func(s *server) { s.catchingUp = true })}, height: 90_000, by: []int{0, 1}},
		"one stands still":               {servers: []server{a, b.of(func(s *server) { s.age = 61 * time.Second })}, reason: wire.ReasonWitnessTooOld, says: []string{"%1 has no block that is younger than a minute"}},
		"one lost the block":             {servers: []server{a, b.of(func(s *server) { s.lowest = 95_000 })}, reason: wire.ReasonWitnessTooOld, says: []string{"%1 does not have the block any more: its lowest is 95000"}},
		"one lost the one that is known": {options: pin, servers: []server{a, b.of(func(s *server) { s.lowest = 95_000 })}, reason: wire.ReasonWitnessTooOld, says: []string{"at height 70123"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, doubt, names := asked(t, test.options, test.servers...)
			if test.reason == "" {
				var by []string
				for _, i := range test.by {
					by = append(by, names[i])
				}
				if doubt != nil || got.Height != test.height || got.Hash != hash("", test.height) || !slices.Equal(got.Servers, by) {
					t.Errorf("%+v, %+v; wanted block %d by %v", got, doubt, test.height, by)
				}
				return
			}
			if doubt == nil || doubt.Reason != test.reason || got.Hash != "" {
				t.Fatalf("%+v, %+v; wanted %s", got, doubt, test.reason)
			}
			for _, part := range test.says {
				for i, name := range names {
					part = strings.ReplaceAll(part, fmt.Sprintf("%%%d", i), name)
				}
				if !strings.Contains(doubt.Message, part) {
					t.Errorf("%q does not say %q", doubt.Message, part)
				}
			}
		})
	}
}

// TestWhatIsSaidStaysTheSame while the chain goes on: each new word is written to the status of a SeiNode.
func TestWhatIsSaidStaysTheSame(t *testing.T) {
	o := trust.Options{Servers: []string{"http://127.0.0.1:1", "http://127.0.0.1:2"}}
	_, before, _ := asked(t, o, good("aa").of(func(s *server) { s.latest, s.age = 100_001, time.Hour }))
	_, after, _ := asked(t, o, good("aa").of(func(s *server) { s.latest, s.age = 100_900, time.Hour }))
	blank := func(d *trust.Doubt) string { return d.Message[:strings.LastIndex(d.Message, "http")] } // a server of a test has a port of its own
	if blank(before) != blank(after) {
		t.Errorf("%q, then %q", before.Message, after.Message)
	}
}

// TestWhetherTheNodeIsOnAFork: two machines that have another block than it, and none that has the same.
func TestWhetherTheNodeIsOnAFork(t *testing.T) {
	a, b := good("aa"), good("bb")
	other := func(id string) server { return good(id).of(func(s *server) { s.fork = "F" }) }
	gone := func(id string) server { return good(id).of(func(s *server) { s.status = http.StatusBadGateway }) }
	for name, test := range map[string]struct {
		servers    []server
		same, fork bool
	}{
		"both have the same":             {[]server{a, b}, true, false},
		"both have another":              {[]server{other("aa"), other("bb")}, false, true},
		"both have another of their own": {[]server{other("aa"), good("bb").of(func(s *server) { s.fork = "E" })}, false, true},
		"one of each":                    {[]server{a, other("bb")}, false, false},
		"one has the same":               {[]server{a, gone("bb")}, false, false},
		"one has another":                {[]server{gone("aa"), other("bb")}, false, false},
		"one has another, twice":         {[]server{other("bb"), other("bb")}, false, false},
		"one has the same, twice":        {[]server{a, a}, false, false},
		"one is of another chain":        {[]server{other("aa"), other("bb").of(func(s *server) { s.network = "sei-2" })}, false, false},
		"nobody answers":                 {[]server{gone("aa"), gone("bb")}, false, false},
	} {
		var o trust.Options
		for _, one := range test.servers {
			running := httptest.NewServer(one)
			t.Cleanup(running.Close)
			o.Servers = append(o.Servers, running.URL)
		}
		o.ChainID, o.Now = chain, func() time.Time { return now }
		same, fork := trust.Compare(t.Context(), o, trust.Point{Height: 77, Hash: strings.ToLower(hash("", 77))})
		if same != test.same || (fork != nil) != test.fork {
			t.Errorf("%s: same %t, %+v", name, same, fork)
		}
		if fork != nil && (fork.Reason != wire.ReasonWrongFork || !strings.Contains(fork.Message, hash("", 77)) || !strings.Contains(fork.Message, o.Servers[1]+" has ")) {
			t.Errorf("%s: %+v", name, fork)
		}
	}
}
