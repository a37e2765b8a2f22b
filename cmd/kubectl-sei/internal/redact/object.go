package redact

import (
	"regexp"
	"strings"
)

// kept are whose annotations are shown: the operator's and Kubernetes' own, but for what kubectl keeps of a manifest. All others are somebody's notes.
var kept = []string{"sei.io/", "pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/", "deployment.kubernetes.io/", "kubectl.kubernetes.io/restartedAt"}

// unread are the kinds of which nothing but the metadata is shown, should one ever get here: nobody reads them.
var unread = map[string]bool{"Secret": true, "ConfigMap": true}

var (
	// secret is a field whose text is one. What names a Secret, such as secretName, is none.
	secret = regexp.MustCompile(`(?i)(passw(or)?d|passphrase|token|credentials?|mnemonic|(priv(ate)?|api|access)[_-]?key)$`)
	// option is an argument whose value is a secret, and may be the next argument.
	option = regexp.MustCompile(`(?i)^--?` + named + `$`)
	// plain is a value that tells nothing but a size, a time or a choice.
	plain = regexp.MustCompile(`^(true|false|-?[0-9]{1,12}(\.[0-9]{1,6})?(ns|us|ms|s|m|h|[KMGT]i?B?)?)$`)
)

// Object takes out of an object, as JSON has it, what users wrote where a secret may be: the values of annotations, of environment variables and of overrides, what
// follows an argument for a key, and whatever looks like one anywhere else. What managed its fields goes, too. It changes the object.
func Object(object map[string]any) map[string]any {
	if kind, _ := object["kind"].(string); unread[kind] {
		return map[string]any{"kind": kind, "metadata": Gone}
	}
	return fields(object)
}

func fields(object map[string]any) map[string]any {
	delete(object, "managedFields")
	for name, value := range object {
		object[name] = field(name, value)
	}
	return object
}

// field is the value of a field of that name.
func field(name string, value any) any {
	switch inner := value.(type) {
	case map[string]any:
		switch name {
		case "annotations", "podAnnotations":
			return values(inner, isKept)
		case "overrides":
			return values(inner, func(string) bool { return false })
		}
		return fields(inner)
	case []any:
		switch name {
		case "env", "httpHeaders":
			return environment(inner)
		case "args", "command":
			return arguments(inner)
		}
		return list(inner)
	case string:
		if secret.MatchString(name) {
			return Gone
		}
		return Text(inner)
	}
	return value
}

func list(items []any) []any {
	for i := range items {
		items[i] = field("", items[i])
	}
	return items
}

// values takes out what users wrote, unless it is plain.
func values(named map[string]any, shown func(name string) bool) map[string]any {
	for name, value := range named {
		named[name] = written(value)
		if shown(name) {
			named[name] = field("", value)
		}
	}
	return named
}

// written is what a user wrote.
func written(value any) any {
	if text, is := value.(string); !is || plain.MatchString(text) {
		return value
	}
	return Gone
}

func isKept(name string) bool {
	for _, prefix := range kept {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// environment takes out what variables, or headers, are set to; where a value comes from, such as a Secret's name and key, stays.
func environment(variables []any) []any {
	for _, variable := range variables {
		one, is := variable.(map[string]any)
		if value, has := one["value"]; is && has {
			one["value"] = written(value)
		}
	}
	return variables
}

// arguments takes out what follows an option for a secret.
func arguments(args []any) []any {
	follows := false
	for i := range args {
		text, _ := args[i].(string)
		args[i] = Text(text)
		if follows && !strings.HasPrefix(text, "--") {
			args[i] = Gone
		}
		follows = option.MatchString(text)
	}
	return args
}
