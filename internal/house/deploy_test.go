package house

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/template"
)

// The files in deploy/ are not built here, so these read them: the chart as Helm would
// with these values, in the little of YAML that it needs.

// block reads a YAML block of maps, lists and plain values at one indent or deeper,
// and answers what is left of the lines.
func block(lines []string, indent int) (any, []string, error) {
	var list []any
	fields := map[string]any{}
	for len(lines) > 0 {
		line := lines[0]
		text := strings.TrimLeft(line, " ")
		if text == "" || strings.HasPrefix(text, "#") {
			lines = lines[1:]
			continue
		}
		at := len(line) - len(text)
		if at < indent {
			break
		}
		if at > indent || strings.Contains(line, "\t") {
			return nil, nil, fmt.Errorf("a line is indented as none above it: %q", line)
		}
		var value any
		var err error
		if rest, item := strings.CutPrefix(text, "- "); item {
			if strings.Contains(rest, ": ") || strings.HasSuffix(rest, ":") {
				lines[0] = strings.Repeat(" ", indent+2) + rest
				value, lines, err = block(lines, indent+2)
			} else {
				value, lines = scalar(rest), lines[1:]
			}
			list = append(list, value)
		} else {
			key, rest, ok := strings.Cut(text, ":")
			if _, twice := fields[key]; !ok || twice || rest != "" && rest[0] != ' ' {
				return nil, nil, fmt.Errorf("no field, or one twice: %q", line)
			}
			lines = lines[1:]
			if rest = strings.TrimSpace(rest); rest != "" {
				value = scalar(rest)
			} else {
				next := indent + 1
				for _, l := range lines {
					if t := strings.TrimLeft(l, " "); t != "" && !strings.HasPrefix(t, "#") {
						next = max(next, len(l)-len(t))
						break
					}
				}
				value, lines, err = block(lines, next)
			}
			fields[key] = value
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if list != nil {
		return list, lines, nil
	}
	return fields, lines, nil
}

func scalar(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) == nil {
		return v
	}
	return strings.Trim(text, `"'`)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func yaml(t *testing.T, text string) any {
	t.Helper()
	v, _, err := block(strings.Split(text, "\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// at walks into what was read: a number is a place in a list.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			if n, err := strconv.Atoi(step); err == nil && n < len(in) {
				v = in[n]
			}
		default:
			return nil
		}
	}
	return v
}

// fits checks a value against the part of JSON Schema that ours uses.
func fits(v any, s map[string]any) error {
	switch s["type"] {
	case "object":
		if _, ok := v.(map[string]any); !ok {
			return fmt.Errorf("%v is no object", v)
		}
	case "string":
		if _, ok := v.(string); !ok {
			return fmt.Errorf("%v is no string", v)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%v is no boolean", v)
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != float64(int(n)) {
			return fmt.Errorf("%v is no integer", v)
		}
	}
	if c, ok := s["const"]; ok && c != v {
		return fmt.Errorf("%v is not %v", v, c)
	}
	if all, ok := s["enum"].([]any); ok {
		found := false
		for _, one := range all {
			found = found || one == v
		}
		if !found {
			return fmt.Errorf("%v is none of %v", v, all)
		}
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v.(string)) {
		return fmt.Errorf("%q does not match %s", v, p)
	}
	if n, ok := v.(float64); ok {
		if least, ok := s["minimum"].(float64); ok && n < least {
			return fmt.Errorf("%v is below %v", n, least)
		}
		if most, ok := s["maximum"].(float64); ok && n > most {
			return fmt.Errorf("%v is above %v", n, most)
		}
	}
	if fields, ok := v.(map[string]any); ok {
		known, _ := s["properties"].(map[string]any)
		for name, value := range fields {
			if sub, ok := known[name].(map[string]any); ok {
				if err := fits(value, sub); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			} else if s["additionalProperties"] == false {
				return fmt.Errorf("%s is not known", name)
			}
		}
		for _, name := range listOf(s["required"]) {
			if _, ok := fields[name.(string)]; !ok {
				return fmt.Errorf("%v is missing", name)
			}
		}
	}
	if cond, ok := s["if"].(map[string]any); ok {
		branch := "then"
		if fits(v, cond) != nil {
			branch = "else"
		}
		if sub, ok := s[branch].(map[string]any); ok {
			return fits(v, sub)
		}
	}
	return nil
}

func listOf(v any) []any {
	all, _ := v.([]any)
	return all
}

func TestTheChartAcceptsWhatWorksAndRefusesWhatDoesNot(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	if err := json.Unmarshal([]byte(read(t, "deploy/helm/values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	plain := read(t, "deploy/helm/values.yaml")
	for says, c := range map[string]struct {
		old, new string
		well     bool
	}{
		"as it is":                       {"", "", true},
		"an address without TLS":         {"https://onestory", "http://onestory", false},
		"two servers on one SQLite file": {"replicas: 1", "replicas: 2", false},
		"a mistyped setting":             {"replicas: 1", "replicas: 1\nreplcias: 2", false},
		"no servers":                     {"replicas: 1", "replicas: 0", false},
		"mail from nowhere":              {`server: ""`, "server: mail.example.org:587", false},
		"mail from somewhere":            {"server: \"\"\n  from: \"\"", "server: mail.example.org:587\n  from: no-reply@example.org", true},
		"a password for no mail":         {`passwordSecret: ""`, "passwordSecret: mail", false},
		"proxies":                        {`proxies: ""`, "proxies: 10.0.0.0/8,192.168.1.1", true},
		"a proxy by its name":            {`proxies: ""`, "proxies: ingress.local", false},
		"PostgreSQL":                     {`databaseSecret: ""`, "databaseSecret: pg", true},
	} {
		err := fits(yaml(t, strings.Replace(plain, c.old, c.new, 1)), schema)
		if (err == nil) != c.well {
			t.Errorf("%s: %v", says, err)
		}
	}
	two := strings.NewReplacer(`databaseSecret: ""`, "databaseSecret: pg", "replicas: 1", "replicas: 2").Replace(plain)
	if fits(yaml(t, two), schema) == nil {
		t.Error("two servers share a disk that only one can have")
	}
	if err := fits(yaml(t, strings.Replace(two, "ReadWriteOnce", "ReadWriteMany", 1)), schema); err != nil {
		t.Error(err)
	}
}

func TestTheChartMakesAServerThatIsNotRoot(t *testing.T) {
	t.Parallel()
	chart := yaml(t, read(t, "deploy/helm/Chart.yaml")).(map[string]any)
	tmpl, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"quote": strconv.Quote,
		"default": func(otherwise, v any) any {
			if v == "" {
				return otherwise
			}
			return v
		},
		"toJson": func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
	}).Parse(read(t, "deploy/helm/templates/onestory.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"", "pg"} {
		values := yaml(t, read(t, "deploy/helm/values.yaml")).(map[string]any)
		values["databaseSecret"], values["providersSecret"] = secret, secret
		if secret != "" {
			values["mail"] = map[string]any{"server": "mail.example.org:587", "from": "no-reply@example.org", "user": "onestory", "passwordSecret": secret}
			values["proxies"] = "10.0.0.0/8"
		}
		var out strings.Builder
		err := tmpl.Execute(&out, map[string]any{
			"Values": values, "Release": map[string]any{"Name": "local"}, "Chart": map[string]any{"AppVersion": chart["appVersion"]},
		})
		if err != nil {
			t.Fatal(err)
		}
		made := map[string]any{}
		for _, doc := range strings.Split(out.String(), "\n---\n") {
			v := yaml(t, doc)
			name, _ := at(v, "metadata.name").(string)
			kind, _ := at(v, "kind").(string)
			if name == "" || kind == "" || at(v, "apiVersion") == nil {
				t.Errorf("a resource without a name: %s", doc)
			}
			made[kind+"/"+name] = v
		}
		server := made["Deployment/local"]
		for path, want := range map[string]any{
			"spec.template.spec.securityContext.runAsNonRoot":                          true,
			"spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem":   true,
			"spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation": false,
			"spec.template.spec.containers.0.readinessProbe.httpGet.path":              "/readyz",
			"spec.template.spec.containers.0.livenessProbe.httpGet.path":               "/livez",
			"spec.template.spec.containers.0.env.0.value":                              "https://onestory.example.org",
			"spec.template.spec.volumes.0.persistentVolumeClaim.claimName":             "local-data",
			"spec.template.spec.containers.0.volumeMounts.0.mountPath":                 "/data",
		} {
			if got := at(server, path); got != want {
				t.Errorf("%s is %v, not %v", path, got, want)
			}
		}
		set := map[string]any{}
		for _, x := range listOf(at(server, "spec.template.spec.containers.0.env")) {
			set[at(x, "name").(string)] = x
		}
		for name, path := range map[string]string{"PROXIES": "value", "SMTP": "value", "SMTP_PASSWORD": "valueFrom.secretKeyRef.key", "PROVIDERS": "value", "DATABASE": "valueFrom.secretKeyRef.key"} {
			if got := at(set["ONESTORY_"+name], path); (got != nil) != (secret != "") {
				t.Errorf("with the secret %q, ONESTORY_%s is %v", secret, name, got)
			}
		}
		if mounted := at(server, "spec.template.spec.volumes.2.secret.secretName"); (mounted == "pg") != (secret != "") {
			t.Errorf("with the secret %q, the list of providers is %v", secret, mounted)
		}
		if recreate := at(server, "spec.strategy.type") == "Recreate"; recreate != (secret == "") {
			t.Errorf("with the secret %q, a second server beside the first: %v", secret, !recreate)
		}
		if at(made["Service/local"], "spec.ports.0.targetPort") != "http" || made["PersistentVolumeClaim/local-data"] == nil {
			t.Errorf("there are only %d resources", len(made))
		}
	}
}

// What alerts ask for, and which settings the files set, must be there.
func TestDeploymentFilesKeepTheirPromises(t *testing.T) {
	t.Parallel()
	rules := listOf(at(yaml(t, read(t, "deploy/alerts.yml")), "groups.0.rules"))
	figures := read(t, "internal/app/metrics.go")
	for _, r := range rules {
		expr, _ := at(r, "expr").(string)
		if expr == "" || at(r, "annotations.summary") == nil {
			t.Errorf("a rule without words: %v", r)
		}
		for _, name := range regexp.MustCompile(`onestory_[a-z_]+`).FindAllString(expr, -1) {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
			if !strings.Contains(figures, strconv.Quote(name)) {
				t.Errorf("an alert asks for %s, which is not there", name)
			}
		}
	}
	if len(rules) < 8 {
		t.Errorf("only %d rules were read", len(rules))
	}
	unit := read(t, "deploy/onestory.service")
	for _, want := range []string{"DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=onestory", "ExecStart=/usr/local/bin/onestory serve"} {
		if !strings.Contains(unit, "\n"+want+"\n") {
			t.Errorf("the unit does not say %s", want)
		}
	}
	container := read(t, "deploy/Containerfile")
	last := container[strings.LastIndex(container, "\nFROM "):]
	if !strings.Contains(last, "FROM scratch") || !strings.Contains(last, "USER 65532") || strings.Contains(container, ":latest") {
		t.Error("the container is not from scratch, is root, or from whatever is latest")
	}
	flags := read(t, "cmd/onestory/main.go") + read(t, "cmd/onestory/serve.go")
	for _, text := range []string{unit, container, read(t, "deploy/helm/templates/onestory.yaml")} {
		for _, m := range regexp.MustCompile(`ONESTORY_([A-Z_]+)`).FindAllStringSubmatch(text, -1) {
			name := strings.ToLower(m[1])
			field := strings.ToUpper(name[:1]) + name[1:]
			if !strings.Contains(flags, "\t"+field+" ") && !strings.Contains(flags, `name:"`+strings.ReplaceAll(name, "_", "-")+`"`) {
				t.Errorf("a file sets %s, which is no flag", m[0])
			}
		}
	}
}
