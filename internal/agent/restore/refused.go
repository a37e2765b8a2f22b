package restore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/seinode/seinode-operator/internal/version"
)

// remembers is for how long an archive that was refused is not fetched again: Kubernetes starts the container again every few minutes, and an
// archive may have terabytes.
const remembers = time.Hour

// note is what is kept of an archive that was refused.
type note struct {
	Object object `json:"object"`
	// Asked is a digest of everything that the verdict may hang on.
	Asked   string    `json:"asked"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// remember keeps the verdict on the archive that was taken last, if that can be told from another one.
func (r *restorer) remember(found *refusal) error {
	if r.taken == nil || !r.taken.named() {
		return nil
	}
	return r.stage.write(refusedNote, note{*r.taken, r.asked(), found.reason, found.message, r.now()})
}

// remembered is the verdict on this very archive, nil for none.
func (r *restorer) remembered(found object) error {
	var known note
	if !r.stage.read(refusedNote, &known) || known.Object != found || known.Asked != r.asked() {
		return nil
	}
	if age := r.now().Sub(known.At); age < 0 || age >= remembers {
		return nil
	}
	return &refusal{known.Reason, known.Message}
}

// asked is a digest of the options, the version, and the volume's size: with another one the verdict may be another one.
func (r *restorer) asked() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v %s %d", r.Options, version.Version, r.size()))
	return hex.EncodeToString(sum[:])
}
