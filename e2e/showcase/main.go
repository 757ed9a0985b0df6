// Command showcase serves every part of the pages in each of its states, so that
// it can be looked at and checked without a database. It is for tests only: who
// signs in here is whoever they say.
package main

import (
	"bytes"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"onestory/internal/text"
	"onestory/internal/web/assets"
	"onestory/internal/web/ui"
)

func main() {
	address := flag.String("address", "127.0.0.1:8090", "where to listen")
	flag.Parse()
	server := &http.Server{Addr: *address, Handler: handler(), ReadHeaderTimeout: 5 * time.Second}
	log.Println("http://" + *address + "/")
	log.Fatal(server.ListenAndServe())
}

const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	for path, s := range shows() {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			show(w, r, s.status, s.page(page(r)))
		})
	}
	mux.HandleFunc("POST /demo/sign-in", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.PostFormValue("who"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		f := everyQuestion(text.For("", r.URL.Query().Get("lang")))
		if err := f.Read(r); f.Took(err) {
			show(w, r, http.StatusUnprocessableEntity, f.Page(page(r)))
			return
		}
		http.Redirect(w, r, "/confirmation", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		show(w, r, http.StatusNotFound, ui.NotFoundPage(page(r), nil))
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func show(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

// page is the frame as a signed-in resident has it.
func page(r *http.Request) ui.Page {
	lang := r.URL.Query().Get("lang")
	w := text.For("", lang)
	with := func(tag string) string { return r.URL.Path + "?lang=" + tag }
	p := ui.Page{
		Words: w, Whose: ui.Own, Style: assets.Style(), Icon: assets.Icon(),
		Environment: "Training system: not real people",
		Nav: []ui.Link{
			{Text: w.T("nav.home", nil), Href: "/"}, {Text: w.T("nav.plan", nil), Href: "/plan", Current: r.URL.Path == "/plan"},
			{Text: w.T("nav.record", nil), Href: "/facts", Current: r.URL.Path == "/facts"},
			{Text: w.T("nav.sharing", nil), Href: "/lists", Current: r.URL.Path == "/lists"}, {Text: w.T("nav.have-a-say", nil), Href: "/table"},
		},
		Languages: []ui.Language{
			{Name: "English", Tag: "en", Dir: "ltr", Href: with("en"), Current: lang == "" || lang == "en"},
			{Name: "العربية", Tag: "ar", Dir: "rtl", Href: with("ar-XB"), Current: lang == text.Mirror},
			{Name: "Polski", Tag: "pl", Dir: "ltr", Href: with("en-XA"), Current: lang == text.Long},
		},
		Help: ui.Help{Phone: "020 7946 0123", Relay: "18001 020 7946 0123", Interpreter: true},
		Footer: []ui.Link{
			{Text: w.T("frame.accessibility", nil), Href: "/accessibility"}, {Text: w.T("frame.privacy", nil), Href: "/privacy"},
		},
	}
	if c, err := r.Cookie("who"); err == nil && c.Value != "" {
		p.SignedInAs, p.SignOut = c.Value, "/sign-out"
	}
	if p.SignedInAs == "" {
		p.SignedInAs, p.SignOut = "Amina Hassan", "/sign-out"
	}
	return p
}
