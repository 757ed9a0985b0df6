// Package assets serves the style sheet, the icon and the two scripts of the pages.
//
// The style sheet is made from style/ and the script from script/ by build.mjs, which
// `make` runs, and they are embedded when they are there. Without them everything
// still builds and works: [Style] is then "" and pages say plainly that their styles
// are missing; [Script] is "" and nothing misses it.
// What is served never changes under its address, which holds a hash of it.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where the handler expects to be mounted.
const Prefix = "/assets/"

//go:embed all:built
var built embed.FS

//go:embed favicon.svg
var icon []byte

// Style returns the address of the style sheet, or "" when it was not built.
func Style() string {
	if name := shelf().style; name != "" {
		return Prefix + name
	}
	return ""
}

// Script returns the address of the script that keeps open pages true, or "" when it
// was not built. No page needs it.
func Script() string {
	if name := shelf().script; name != "" {
		return Prefix + name
	}
	return ""
}

// Passkey returns the address of the script with which passkeys are made and used, or
// "" when it was not built. There are other ways to sign in.
func Passkey() string {
	if name := shelf().passkey; name != "" {
		return Prefix + name
	}
	return ""
}

// Icon returns the address of the small picture that stands for the service.
func Icon() string { return Prefix + shelf().icon }

// Handler serves [Style], [Script], [Passkey] and [Icon] under [Prefix], compressed beforehand where
// the browser takes it, and anything else as not found. It is for GET and HEAD.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := shelf().files[strings.TrimPrefix(r.URL.Path, Prefix)]
		switch {
		case !ok:
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This address can only be read.", http.StatusMethodNotAllowed)
			return
		}
		body, coding := f.choose(r.Header.Get("Accept-Encoding"))
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		h.Set("X-Content-Type-Options", "nosniff")
		if coding != "" {
			h.Set("Content-Encoding", coding)
		}
		if r.Method == http.MethodGet {
			_, _ = w.Write(body) // the reader has gone: there is nobody to tell
		}
	})
}

type file struct {
	kind          string
	plain, gz, br []byte
}

// Takes is which codings a browser says it reads, from its Accept-Encoding. A coding
// with q=0 is one it does not.
func Takes(accept string) map[string]bool {
	takes := map[string]bool{}
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(part, ";")
		weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q="), 64)
		takes[strings.TrimSpace(name)] = q == "" || err == nil && weight > 0
	}
	return takes
}

// choose takes the smallest form that the browser says it reads.
func (f file) choose(accept string) (body []byte, coding string) {
	takes := Takes(accept)
	switch {
	case takes["br"] && f.br != nil:
		return f.br, "br"
	case takes["gzip"] && f.gz != nil:
		return f.gz, "gzip"
	}
	return f.plain, ""
}

type stock struct {
	style, script, passkey, icon string
	files                        map[string]file
}

// shelf is read once; what is embedded cannot change.
var shelf = sync.OnceValue(func() stock { return stockOf(built) })

func stockOf(from fs.FS) stock {
	sum := sha256.Sum256(icon)
	s := stock{icon: "icon." + hex.EncodeToString(sum[:6]) + ".svg", files: map[string]file{}}
	s.files[s.icon] = file{kind: "image/svg+xml", plain: icon}

	var manifest struct{ Style, Script, Passkey string }
	text, err := fs.ReadFile(from, "built/manifest.json")
	if err != nil || json.Unmarshal(text, &manifest) != nil {
		return s // not built: pages say so
	}
	if s.put(from, manifest.Style, "text/css; charset=utf-8") {
		s.style = manifest.Style
	}
	if s.put(from, manifest.Script, "text/javascript; charset=utf-8") {
		s.script = manifest.Script
	}
	if s.put(from, manifest.Passkey, "text/javascript; charset=utf-8") {
		s.passkey = manifest.Passkey
	}
	return s
}

// put takes a built file in, with its compressed forms, and reports whether it is there.
func (s *stock) put(from fs.FS, name, kind string) bool {
	plain, err := fs.ReadFile(from, "built/"+name)
	if name == "" || err != nil {
		return false
	}
	f := file{kind: kind, plain: plain}
	f.gz, _ = fs.ReadFile(from, "built/"+name+".gz")
	f.br, _ = fs.ReadFile(from, "built/"+name+".br")
	s.files[name] = f
	return true
}
