package redact

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// marker is what must not be left of anything.
const marker = "CANARY-hunter2"

// TestNoSecretIsLeftOfAText, in whatever shape it is there, and what is around it stays.
func TestNoSecretIsLeftOfAText(t *testing.T) {
	key := strings.Repeat("CANARY", 14) + "AB=="
	for text, want := range map[string]string{
		`fetching https://user:` + marker + `@archive.example.com/a.tar`:                      `fetching https://<redacted>@archive.example.com/a.tar`,
		`postgres://` + marker + `@db:5432 is away`:                                           `postgres://<redacted>@db:5432 is away`,
		`https://user:p/` + marker + `@host/x`:                                                `https://<redacted>@host/x`,
		`GET https://s3.example.com/a.tar?X-Amz-Signature=` + marker + `&part=` + marker:      `GET https://s3.example.com/a.tar?X-Amz-Signature=<redacted>&part=<redacted>`,
		`{"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"` + marker + `"}} was read`: `{"priv_key":<redacted>} was read`,
		`{"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"` + marker:                  `{"priv_key":<redacted>`,
		`msg="{\"priv_key\":{\"value\":\"` + marker + `\"}}"`:                                 `msg="{\"priv_key\":<redacted>}"`,
		"\"priv_key\": {\n  \"type\": \"x\",\n  \"value\": \"" + marker + "\"\n}\n5:00":       "\"priv_key\": <redacted>\n5:00",
		`value: ` + key:                             `value: <redacted>`,
		`Authorization: Bearer ` + marker:           `Authorization: <redacted>`,
		`{"Authorization":"Basic ` + marker + `"}`:  `{"Authorization":"<redacted>"}`,
		`curl -H "x" bearer ` + marker:              `curl -H "x" bearer <redacted>`,
		`password=` + marker + ` user=a`:            `password=<redacted> user=a`,
		`db_password: '` + marker + `' x`:           `db_password: <redacted> x`,
		`{"token":"a\"` + marker + `"} x`:           `{"token":<redacted>} x`,
		`run --api-key ` + marker + ` --home /x`:    `run --api-key <redacted> --home /x`,
		`run --auth-token=` + marker + ` --home /x`: `run --auth-token=<redacted> --home /x`,
		`mnemonic: one two ` + marker + "\nnext":    "mnemonic <redacted>\nnext",
		"-----BEGIN EC PRIVATE KEY-----\n" + marker + "\n-----END EC PRIVATE KEY-----\nnext": "<redacted>\nnext",
		"-----BEGIN PRIVATE KEY-----\n" + marker:                                             "<redacted>",
		"AKIA0123456789ABCDEF is an id":                                                      "<redacted> is an id",
		"ghp_0123456789abcdefghij is one":                                                    "<redacted> is one",
		"eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl ends":                                        "<redacted> ends",
	} {
		if got := Text(text); got != want {
			t.Errorf("%q became %q, wanted %q", text, got, want)
		}
		if got := Text(Text(text)); got != Text(text) {
			t.Errorf("%q is another one the second time: %q", text, got)
		}
	}
}

// TestWhatHelpsStays: hashes, IDs, addresses and words about secrets that name none.
func TestWhatHelpsStays(t *testing.T) {
	for _, text := range []string{
		"committed state height=151000000 app_hash=" + strings.Repeat("AB", 32),
		"0123456789012345678901234567890123456789@peer.example.com:26656",
		`MountVolume.SetUp failed for volume "signing-secret" : secret "signing-key" not found`,
		"the auth-token expired", "ghcr.io/sei-protocol/sei:v6.6.2", "csi:ebs.csi.aws.com/vol-0123456789abcdef0",
		"panic: UPGRADE \"v6.7\" NEEDED at height: 152000000", "see https://github.com/sei-protocol/sei-chain/issues/3311#x",
	} {
		if got := Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestNothingThatUsersWroteIsLeftOfAnObject where a secret may be; names, numbers and what Kubernetes notes stays.
func TestNothingThatUsersWroteIsLeftOfAnObject(t *testing.T) {
	for name, test := range map[string]struct{ object, want string }{
		"annotations": {
			`{"metadata":{"managedFields":[{"manager":"CANARY-hunter2"}],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"CANARY-hunter2","note":"CANARY-hunter2","sei.io/asked":"ab"}}}`,
			`{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"<redacted>","note":"<redacted>","sei.io/asked":"ab"}}}`,
		},
		"those of a pod that is to be": {`{"spec":{"podAnnotations":{"vault":"CANARY-hunter2"}}}`, `{"spec":{"podAnnotations":{"vault":"<redacted>"}}}`},
		"environment": {
			`{"spec":{"containers":[{"env":[{"name":"A","value":"CANARY-hunter2"},{"name":"B","value":"200"},{"name":"C","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]}}`,
			`{"spec":{"containers":[{"env":[{"name":"A","value":"<redacted>"},{"name":"B","value":"200"},{"name":"C","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]}}`,
		},
		"headers": {
			`{"httpGet":{"path":"/","httpHeaders":[{"name":"Authorization","value":"Basic CANARY-hunter2"}]}}`,
			`{"httpGet":{"path":"/","httpHeaders":[{"name":"Authorization","value":"<redacted>"}]}}`,
		},
		"overrides": {
			`{"spec":{"overrides":{"priv-validator.laddr":"tcp://CANARY-hunter2","p2p.max-connections":"200","statesync.enable":"true","a":"10s"}}}`,
			`{"spec":{"overrides":{"priv-validator.laddr":"<redacted>","p2p.max-connections":"200","statesync.enable":"true","a":"10s"}}}`,
		},
		"arguments": {
			`{"args":["--api-token","CANARY-hunter2","--chain-id","pacific-1","--password=CANARY-hunter2","--archive-url","https://u:CANARY-hunter2@h/a?sig=CANARY-hunter2","--signing-key","--home"]}`,
			`{"args":["--api-token","<redacted>","--chain-id","pacific-1","--password=<redacted>","--archive-url","https://<redacted>@h/a?sig=<redacted>","--signing-key","--home"]}`,
		},
		"fields": {
			`{"csi":{"volumeAttributes":{"password":"CANARY-hunter2","share":"/a"},"nodeStageSecretRef":{"name":"s"}},"serviceAccountToken":{"path":"p"}}`,
			`{"csi":{"volumeAttributes":{"password":"<redacted>","share":"/a"},"nodeStageSecretRef":{"name":"s"}},"serviceAccountToken":{"path":"p"}}`,
		},
		"words":       {`{"status":{"message":"token=CANARY-hunter2 is bad","count":3}}`, `{"status":{"message":"token=<redacted> is bad","count":3}}`},
		"a Secret":    {`{"kind":"Secret","metadata":{"name":"s"},"data":{"a":"CANARY-hunter2"}}`, `{"kind":"Secret","metadata":"<redacted>"}`},
		"a ConfigMap": {`{"kind":"ConfigMap","metadata":{"name":"s"},"data":{"a":"CANARY-hunter2"}}`, `{"kind":"ConfigMap","metadata":"<redacted>"}`},
	} {
		t.Run(name, func(t *testing.T) {
			object, want := map[string]any{}, map[string]any{}
			if err := json.Unmarshal([]byte(test.object), &object); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, Object(object)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
