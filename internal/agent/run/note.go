package run

import (
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/durable"
	"github.com/seinode/seinode-operator/internal/seid"
)

// note writes down, for each start to come, for which height seid stopped.
func (r *runner) note() error {
	root, err := os.OpenRoot(r.options.Volume)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return durable.Replace(root, path.Join(r.home, seid.DataDir, seid.HaltedFile), strings.NewReader(strconv.FormatInt(r.options.HaltHeight, 10)+"\n"))
}
