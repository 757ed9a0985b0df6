package assets

import (
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"testing/fstest"
)

// TestContrast computes what a reader's eyes need of the theme: 4.5 for text,
// 3 for what carries meaning without words (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	t.Parallel()
	colour := theme(t)
	tests := []struct {
		name, on, under string
		least           float64
	}{
		{"text on the page", "ink", "mist", 4.5},
		{"text on a card", "ink", "paper", 4.5},
		{"soft text on the page", "ink-soft", "mist", 4.5},
		{"soft text in the person's banner", "ink-soft", "teal-pale", 4.5},
		{"links on the page", "teal", "mist", 4.5},
		{"links in the person's banner", "teal", "teal-pale", 4.5},
		{"links where a source is late", "teal", "amber-pale", 4.5},
		{"links in what to know first", "teal", "sun-pale", 4.5},
		{"visited links on the page", "plum", "mist", 4.5},
		{"links under the pointer", "teal-deep", "mist", 4.5},
		{"the head of the page", "paper", "teal", 4.5},
		{"the main button", "paper", "leaf", 4.5},
		{"messages at a field", "berry", "mist", 4.5},
		{"links in emergency access", "teal", "berry-pale", 4.5},
		{"focus: text on its colour", "ink", "sun", 4.5},
		{"focus: its edge against the page", "ink", "mist", 3},
		{"the training banner", "ink", "sun", 4.5},
		{"edges of inputs", "ink-soft", "paper", 3},
		{"edges that mean something", "line-strong", "mist", 3},
		{"the edge of a late source", "amber", "amber-pale", 3},
		{"the edge of emergency access", "berry", "berry-pale", 3},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := luminance(t, colour[c.on]), luminance(t, colour[c.under])
			if got := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); got < c.least {
				t.Errorf("%s on %s is %.2f to 1, want %.1f", c.on, c.under, got, c.least)
			}
		})
	}
}

func theme(t *testing.T) map[string]string {
	t.Helper()
	source, err := os.ReadFile("style/_theme.scss")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\$([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(string(source), -1) {
		found[m[1]] = m[2]
	}
	return found
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("the theme has no colour %q", hex)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(n>>(16-8*i)&0xff) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func TestOwnRulesUseNoPhysicalDirections(t *testing.T) {
	t.Parallel()
	physical := regexp.MustCompile(`(?m)^\s*((margin|padding|border|inset)-(left|right|top|bottom)|left|right|top|bottom|float|width|height|(min|max)-(width|height))\b[^:]*:|text-align:\s*(left|right)`)
	files, _ := filepath.Glob("style/*.scss")
	if len(files) < 4 {
		t.Fatal("no styles to look at")
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range physical.FindAllString(string(source), -1) {
			t.Errorf("%s has %q: right-to-left pages need the logical one", name, found)
		}
	}
}

func TestWhatIsServed(t *testing.T) {
	t.Parallel()
	get := func(path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		return w
	}
	if w := get(Icon(), ""); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("the icon: %d %v", w.Code, w.Header())
	}
	for _, path := range []string{"/assets/", "/assets/built/.keep", "/assets/.keep", "/assets/manifest.json", "/assets/../assets.go"} {
		if w := get(path, ""); w.Code != 404 {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
}

func TestWithAndWithoutStyles(t *testing.T) {
	t.Parallel()
	if s := stockOf(fstest.MapFS{"built/.keep": {}}); s.style != "" || s.icon == "" {
		t.Error("unbuilt styles must leave the address empty, and nothing else")
	}
	s := stockOf(fstest.MapFS{
		"built/manifest.json":  {Data: []byte(`{"style":"style.1.css"}`)},
		"built/style.1.css":    {Data: []byte("plain")},
		"built/style.1.css.gz": {Data: []byte("gz")},
		"built/style.1.css.br": {Data: []byte("br")},
	})
	for accept, want := range map[string]string{"": "", "identity": "", "gzip": "gzip", "gzip, br": "br", "br;q=0, gzip": "gzip", "gzip;q=0.5": "gzip", "br; q=0.0": ""} {
		if _, coding := s.files["style.1.css"].choose(accept); coding != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", accept, coding, want)
		}
	}
}
