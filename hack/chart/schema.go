package main

import (
	"encoding/json"
	"maps"
	"strings"
)

// schema is a JSON schema.
type schema = map[string]any

var (
	pullPolicies = []any{"Always", "IfNotPresent", "Never"}

	text    = schema{"type": "string"}
	boolean = schema{"type": "boolean"}
	// anything is left to the API server, which knows it better.
	anything = schema{"type": "object"}
	quantity = schema{"type": []any{"string", "number"}}

	resources  = fields(schema{"requests": mapOf(quantity), "limits": mapOf(quantity)})
	goMemLimit = schema{"type": "string", "pattern": "^([0-9]+(([KMGT]i)?B)?|off)$"}
	namespaces = schema{"type": "array", "uniqueItems": true, "items": schema{"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}}
	toleration = fields(schema{
		"key": text, "operator": text, "value": text, "effect": text, "tolerationSeconds": schema{"type": "integer"},
	})

	// platformSchema is what the manager takes in the file of --config (internal/platform).
	mode           = fields(schema{"storageClassName": text, "size": quantity, "resources": resources})
	platformSchema = fields(schema{
		"modes": fields(schema{"fullNode": mode, "archive": mode, "validator": mode, "seed": mode}),
		"scheduling": fields(schema{
			"nodeSelector": mapOf(text), "tolerations": arrayOf(toleration), "affinity": anything,
			"topologySpreadConstraints": arrayOf(anything), "priorityClassName": text,
		}),
		"images":     fields(schema{"agent": text, "pullPolicy": oneOf(pullPolicies...), "pullSecrets": arrayOf(strict("name"))}),
		"containers": fields(schema{"home": resources, "agent": resources}),
	})
)

// fields is an object of these fields and no others.
func fields(properties schema) schema {
	return schema{"type": "object", "additionalProperties": false, "properties": properties}
}

// strict is an object of these texts, all of which it must have.
func strict(names ...string) schema {
	properties := schema{}
	for _, name := range names {
		properties[name] = text
	}
	s := fields(properties)
	s["required"] = names
	return s
}

func mapOf(item schema) schema   { return schema{"type": "object", "additionalProperties": item} }
func arrayOf(item schema) schema { return schema{"type": "array", "items": item} }
func zeroOrMore() schema         { return schema{"type": "integer", "minimum": 0} }

// oneOf takes "" too, which is as good as unset.
func oneOf(values ...any) schema { return schema{"enum": append([]any{""}, values...)} }

// schemaFile is values.schema.json.
func schemaFile(table []value) (string, error) {
	root := schema{"global": schema{"type": "object", "description": "Helm's own, where the chart is part of another."}}
	for _, v := range table {
		described := maps.Clone(v.schema)
		described["description"] = v.about
		properties, key := root, v.name
		if parent, child, nested := strings.Cut(v.name, "."); nested {
			if root[parent] == nil {
				root[parent] = fields(schema{})
			}
			properties, key = root[parent].(schema)["properties"].(schema), child
		}
		properties[key] = described
	}
	whole := fields(root)
	whole["$schema"] = "http://json-schema.org/draft-07/schema#"
	out, err := json.MarshalIndent(whole, "", "  ")
	return string(out) + "\n", err
}
