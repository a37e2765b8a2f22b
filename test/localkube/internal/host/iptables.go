package host

import (
	"errors"
	"slices"
	"strings"
)

// ours are the beginnings of the chain names that Kubernetes, the CNI plugins and this program use.
var ours = []string{"KUBE-", "CNI-", "LOCALKUBE-"}

// CleanTables removes the cluster's chains and every rule that leads to them; other rules stay as they are.
func CleanTables() error {
	var problems []error
	for _, tool := range []string{"iptables", "ip6tables"} {
		if missing(tool + "-save") {
			continue
		}
		saved, err := Output("", tool+"-save")
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if script := cleanup(saved); script != "" {
			_, err = Output(script, tool+"-restore", "--noflush")
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// cleanup turns a listing of the tables into the script that takes the cluster out of them.
func cleanup(saved string) string {
	var script strings.Builder
	for table := range strings.SplitSeq(saved, "COMMIT\n") {
		if commands := cleanupTable(strings.Split(table, "\n")); len(commands) > 1 {
			script.WriteString(strings.Join(append(commands, "COMMIT"), "\n") + "\n")
		}
	}
	return script.String()
}

func cleanupTable(lines []string) []string {
	var head, flush, rules, drop []string
	for _, line := range lines {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, ":"), " ")
		switch {
		case strings.HasPrefix(line, "*"):
			head = []string{line}
		case strings.HasPrefix(line, ":") && isOurs(name):
			flush, drop = append(flush, ":"+name+" - [0:0]"), append(drop, "-X "+name)
		case strings.HasPrefix(line, "-A ") && leadsToOurs(strings.Fields(line)):
			rules = append(rules, "-D"+strings.TrimPrefix(line, "-A"))
		}
	}
	return slices.Concat(head, flush, rules, drop)
}

// leadsToOurs holds for rules of foreign chains that jump to one of ours; ours are flushed as a whole.
func leadsToOurs(rule []string) bool {
	jump := slices.Index(rule, "-j")
	return jump >= 0 && jump+1 < len(rule) && !isOurs(rule[1]) && isOurs(rule[jump+1])
}

func isOurs(chain string) bool {
	return slices.ContainsFunc(ours, func(prefix string) bool { return strings.HasPrefix(chain, prefix) })
}
