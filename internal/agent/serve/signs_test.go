package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestAValidatorTellsWhatItSignsWith, and no other node: a full node's answer has an address too, of a key that it never uses.
func TestAValidatorTellsWhatItSignsWith(t *testing.T) {
	folder, address := t.TempDir(), "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"
	for _, name := range []string{"data", "config"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{
		"data/priv_validator_state.json": `{"height":"41","round":2,"step":3}`,
		"config/client.toml":             "chain-id = \"pacific-1\"\nkeyring-backend = \"test\"\n",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answer := strings.TrimSuffix(status(42, time.Second, false), "}") + fmt.Sprintf(`,"validator_info":{"address":%q}}`, address)
	seidRPC := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, map[string]string{"/status": answer, "/net_info": peers(4)}[r.URL.Path])
	}))
	defer seidRPC.Close()
	for name, test := range map[string]struct {
		signs  bool
		key    string
		signed *wire.Signed
	}{"a validator": {true, address, &wire.Signed{Height: 41, Round: 2, Step: 3}}, "a full node": {false, "", nil}} {
		agent := serve.New(serve.Options{RPC: seidRPC.URL, Volume: folder, MaxBlockAge: time.Minute, Signs: test.signs}, func() time.Time { return now })
		agent.Look(t.Context())
		var got wire.NodeStatus
		if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.KeyAddress != test.key || !cmp.Equal(got.Signed, test.signed) || !got.Answers {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
