package volume

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// TOML parses a file of config/, nil if it is not there. One that is no TOML is odd.
func (v *Volume) TOML(name string) map[string]any {
	file := seid.ConfigDir + "/" + name
	content := v.Read(file)
	if content == nil {
		return nil
	}
	document := map[string]any{}
	if err := toml.Unmarshal(content, &document); err != nil {
		v.Doubt(file, fmt.Sprintf("is not the TOML that seid reads (%v): correct it, or restore the file", err))
		return nil
	}
	return document
}

// JSON parses a file, false if it is not there or not understood. One that is no such JSON is odd.
func (v *Volume) JSON(name string, into any) bool {
	content := v.Read(name)
	if content == nil {
		return false
	}
	if len(bytes.TrimSpace(content)) == 0 {
		v.Doubt(name, "is empty: restore the file")
		return false
	}
	if err := json.Unmarshal(content, into); err != nil {
		v.Doubt(name, fmt.Sprintf("is not the JSON that seid reads (%s): restore the file", syntax(err)))
		return false
	}
	return true
}

// syntax is what is wrong with a JSON, without any of its values: a key is secret.
func syntax(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s is %s", wrong.Field, strings.Fields(wrong.Value + " ?")[0])
	}
	return err.Error()
}

// SignState is what data/priv_validator_state.json says, nil if it is not there or not understood; there says that the file is.
func (v *Volume) SignState() (state *wire.Signed, there bool) {
	const name = seid.DataDir + "/" + seid.SignStateFile
	var file struct {
		Height json.RawMessage `json:"height"`
		Round  int32           `json:"round"`
		Step   int8            `json:"step"`
	}
	if !v.JSON(name, &file) {
		return nil, v.Exists(name)
	}
	height, err := strconv.ParseInt(strings.Trim(string(file.Height), `"`), 10, 64)
	if err != nil || height < 0 || file.Round < 0 || file.Step < 0 {
		v.Doubt(name, "names no height, or a height, round or step below zero: restore the file")
		return nil, true
	}
	return &wire.Signed{Height: height, Round: file.Round, Step: file.Step}, true
}

// ClientChainID is the chain that client.toml names, "" for none.
func (v *Volume) ClientChainID() string {
	id, _ := v.TOML(seid.ClientTOML)["chain-id"].(string)
	return id
}

// GenesisChainID is the chain that genesis.json names, "" for none. A file that names none, or is cut off, is odd. It reads no more of the
// file than it must: a public chain's has hundreds of megabytes.
func (v *Volume) GenesisChainID() string {
	const name = seid.ConfigDir + "/" + seid.GenesisFile
	file := v.File(name)
	if file == nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	id, err := topLevelString(bufio.NewReaderSize(file, 64<<10), "chain_id")
	switch {
	case err != nil:
		v.Doubt(name, fmt.Sprintf("is not a genesis of seid's (%v): fetch it again", err))
	case !endsWithBrace(file):
		v.Doubt(name, "ends in the middle: fetch it again")
	}
	return id
}

// endsWithBrace says whether the file ends as a JSON object does, which one that was cut off hardly ever does.
func endsWithBrace(file *os.File) bool {
	info, err := file.Stat()
	if err != nil {
		return false
	}
	last := make([]byte, 512)
	n, err := file.ReadAt(last[:min(int64(len(last)), info.Size())], max(0, info.Size()-int64(len(last))))
	return (err == nil || errors.Is(err, io.EOF)) && bytes.HasSuffix(bytes.TrimSpace(last[:n]), []byte("}"))
}
