package serve

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// answerOf is what Query/CurrentPlan answers, as bytes.
func answerOf(name string, height uint64, info string) []byte {
	var plan []byte
	plan = protowire.AppendBytes(protowire.AppendTag(plan, 1, protowire.BytesType), []byte(name))
	plan = protowire.AppendBytes(protowire.AppendTag(plan, 2, protowire.BytesType), []byte{8, 128}) // a time that is none of ours
	plan = protowire.AppendVarint(protowire.AppendTag(plan, 3, protowire.VarintType), height)
	plan = protowire.AppendBytes(protowire.AppendTag(plan, 4, protowire.BytesType), []byte(info))
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), plan)
}

func TestPlanOf(t *testing.T) {
	whole := answerOf("v7", 500, `{"upgradeType":"minor"}`)
	for name, test := range map[string]struct {
		answer []byte
		want   *wire.Plan
	}{
		"minor":                   {whole, &wire.Plan{Name: "v7", Height: 500, Minor: true}},
		"minor, in capitals":      {answerOf("v7", 500, `{"upgradeType":"MINOR"}`), &wire.Plan{Name: "v7", Height: 500, Minor: true}},
		"major":                   {answerOf("v7", 500, `{"upgradeType":"major"}`), &wire.Plan{Name: "v7", Height: 500}},
		"of an info that is none": {answerOf("v7", 500, "minor"), &wire.Plan{Name: "v7", Height: 500}},
		"none is set":             {nil, &wire.Plan{}},
		"cut off":                 {whole[:len(whole)-3], nil},
		"no protobuf":             {[]byte("\xff\xff\xff"), nil},
	} {
		if diff := cmp.Diff(test.want, planOf(test.answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestTheChainIsAskedNowAndThen, once a minute, only where seid answers; and an answer that is none leaves the last one.
func TestTheChainIsAskedNowAndThen(t *testing.T) {
	asked, answer := 0, fmt.Sprintf(`{"response":{"code":0,"value":%q}}`, base64.StdEncoding.EncodeToString(answerOf("v7", 500, "")))
	rpc := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abci_query" && r.URL.Query().Get("path") == `"/cosmos.upgrade.v1beta1.Query/CurrentPlan"` {
			asked++
			_, _ = fmt.Fprint(w, answer)
		}
	}))
	defer rpc.Close()
	now := time.Unix(1e9, 0)
	agent, status := New(Options{RPC: rpc.URL, Volume: t.TempDir()}, func() time.Time { return now }), wire.NodeStatus{}
	look := func(answers bool, after time.Duration) {
		now, status.Answers = now.Add(after), answers
		agent.askPlan(context.Background(), &status)
	}
	look(false, 0)
	if asked != 0 {
		t.Error("seid does not answer, and was asked")
	}
	look(true, time.Second)
	look(true, planInterval-time.Second)
	if asked != 1 || status.Plan == nil || status.Plan.Name != "v7" {
		t.Errorf("asked %d times, plan %+v", asked, status.Plan)
	}
	for _, odd := range []string{"", "no JSON", `{"response":{"code":6,"log":"unknown query path"}}`, `{"response":{"value":"AAAA"}}`, "{}", `{"code":-32603,"message":"Internal error"}`} {
		answer = odd
		look(true, planInterval)
		if status.Plan == nil || status.Plan.Name != "v7" {
			t.Errorf("%q: plan %+v", odd, status.Plan)
		}
	}
	answer = `{"response":{"code":0,"value":null}}`
	look(true, planInterval)
	if status.Plan == nil || *status.Plan != (wire.Plan{}) {
		t.Errorf("none is set: %+v", status.Plan)
	}
}

// FuzzPlanOf: no answer makes the agent panic.
func FuzzPlanOf(f *testing.F) {
	f.Add(answerOf("v7", 500, `{"upgradeType":"minor"}`))
	f.Fuzz(func(_ *testing.T, answer []byte) { _ = planOf(answer) })
}
