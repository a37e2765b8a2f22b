package seid

import (
	"regexp"
	"strconv"
)

// UpgradeNeeded is what seid says last where the chain upgrades and it does not know the upgrade: name and height (seen, v6.6.2). The output ends with it only under
// GOTRACEBACK=none.
var UpgradeNeeded = regexp.MustCompile(`UPGRADE "([^"]+)" NEEDED at height:? ?(\d+)`)

// Needed is the upgrade that seid's last words name, false where they name none.
func Needed(words string) (name string, height int64, is bool) {
	all := UpgradeNeeded.FindAllStringSubmatch(words, -1)
	if len(all) == 0 {
		return "", 0, false
	}
	match := all[len(all)-1] // what comes before may be a log's
	height, err := strconv.ParseInt(match[2], 10, 64)
	return match[1], height, err == nil
}
