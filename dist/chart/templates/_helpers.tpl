{{- define "seinode-operator.chart" -}}
{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "seinode-operator.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* Releases that watch some namespaces may share a cluster, so what has no namespace gets theirs into its name. */ -}}
{{- define "seinode-operator.suffix" -}}
{{ if .Values.watchNamespaces }}-{{ .Release.Namespace }}{{ end }}
{{- end }}
