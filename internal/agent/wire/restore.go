package wire

import "encoding/json"

// The reasons of a restore. What the inspection of the restored data refuses has a reason of an inspection.
const (
	// ReasonDownloading: the archive is being fetched and unpacked.
	ReasonDownloading = "Downloading"
	// ReasonStalled: nothing of the archive has arrived for some time. It is tried on.
	ReasonStalled = "Stalled"
	// ReasonRestored: the volume has the data of the archive.
	ReasonRestored = "Restored"
	// ReasonNotNeeded: the volume holds a home already, which is never written over.
	ReasonNotNeeded = "NotNeeded"
	// ReasonArchiveNotFound: the server has no such archive, or does not give it.
	ReasonArchiveNotFound = "ArchiveNotFound"
	// ReasonArchiveDamaged: the archive does not decompress, or breaks off.
	ReasonArchiveDamaged = "ArchiveDamaged"
	// ReasonArchiveLayoutUnknown: nothing in the archive is known for data of seid.
	ReasonArchiveLayoutUnknown = "ArchiveLayoutUnknown"
	// ReasonArchiveRefused: the archive holds something that no archive of data has, such as a path that leaves it.
	ReasonArchiveRefused = "ArchiveRefused"
	// ReasonChecksumMismatch: the archive is another one than the checksum is of.
	ReasonChecksumMismatch = "ChecksumMismatch"
	// ReasonNoSpace: the volume is too small for the archive.
	ReasonNoSpace = "NoSpace"
	// ReasonNoMemory: the archive takes more memory to decompress than the container may use.
	ReasonNoMemory = "NoMemory"
	// ReasonRestoreFailed: the volume could not be written to.
	ReasonRestoreFailed = "RestoreFailed"
)

// Restore is how far an archive is on its way to the volume: in /status while it comes, and as a termination message when it ended.
type Restore struct {
	// Reason is one of the reasons above, or of an inspection.
	Reason string `json:"reason"`
	// Message is for people. It holds no number that changes by itself.
	Message string `json:"message,omitempty"`
	// Percent of the archive has arrived, in steps of 5.
	Percent int `json:"percent"`
	// BytesDone of the archive have arrived, of BytesTotal; that is 0 while nobody knows.
	BytesDone  int64 `json:"bytesDone"`
	BytesTotal int64 `json:"bytesTotal,omitempty"`
	// SnapshotHeight is the block of the snapshot of a state sync, 0 where that is not known, and Attempts how often one was begun.
	SnapshotHeight int64 `json:"snapshotHeight,omitempty"`
	Attempts       int   `json:"attempts,omitempty"`
	// Awaits says that a state sync waits for something that others are to send, and Parts how much has come: it only ever grows.
	Awaits bool `json:"awaits,omitempty"`
	Parts  int  `json:"parts,omitempty"`
	// Inspection is the verdict on the data that is on the volume now, where it is refused.
	Inspection *Inspection `json:"inspection,omitempty"`
}

// Done says whether the volume has data: seid may start on it.
func (r Restore) Done() bool {
	return r.Reason == ReasonRestored || r.Reason == ReasonNotNeeded || r.Reason == ReasonStateSynced
}

// ParseRestore reads a termination message; false if it is none of a restore's.
func ParseRestore(message string) (Restore, bool) {
	var found struct {
		Restore
		Layout Layout `json:"layout"`
	}
	err := json.Unmarshal([]byte(message), &found)
	return found.Restore, err == nil && found.Reason != "" && found.Layout == "" // an inspection has a layout
}
