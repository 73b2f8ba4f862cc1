{{- define "renkei.name" -}}
{{- printf "%s" .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{- define "renkei.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "renkei.labels" -}}
{{ include "renkei.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "renkei.secret" -}}
{{- .Values.secrets.existingSecret | default (printf "%s-shared" (include "renkei.name" .)) -}}
{{- end -}}

{{- define "renkei.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "renkei.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "renkei.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "renkei.environment" -}}
- name: RENKEI_DATABASE_URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.database.existingSecret }}, key: {{ .Values.database.key }}}
- {name: RENKEI_SECRETS, value: /run/renkei-secrets}
- {name: RENKEI_WORKERS, value: {{ .Values.workers | quote }}}
- {name: RENKEI_BROKER__API__PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
- {name: RENKEI_IDP_FEDERATION__ISSUER, value: {{ .Values.publicUrl | quote }}}
- {name: RENKEI_PROXIES, value: {{ join "," .Values.proxies | quote }}}
- {name: RENKEI_STOPPING__NOTICE_S, value: {{ .Values.stopping.noticeSeconds | quote }}}
- {name: RENKEI_STOPPING__FINISH_S, value: {{ .Values.stopping.finishSeconds | quote }}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{- define "renkei.mounts" -}}
- {name: data, mountPath: /var/lib/renkei}
- {name: tmp, mountPath: /tmp}
- {name: shared-secrets, mountPath: /run/renkei-secrets, readOnly: true}
{{- end -}}

{{- define "renkei.volumes" -}}
- {name: data, emptyDir: {}}
- {name: tmp, emptyDir: {}}
- name: shared-secrets
  secret: {secretName: {{ include "renkei.secret" . }}, defaultMode: 0440}
{{- end -}}
