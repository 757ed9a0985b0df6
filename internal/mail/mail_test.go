package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	gomail "github.com/wneessen/go-mail"
)

// A catcher is a small SMTP server that keeps what it is handed.
type catcher struct {
	net.Listener
	tls  *tls.Config // nil: it knows no STARTTLS
	says string      // the answer to RCPT when it is not 250

	mu    sync.Mutex
	rcpt  []string
	got   []string // each message as it travelled
	clear bool     // a message came without TLS
}

func catch(t *testing.T, c *catcher) *catcher {
	t.Helper()
	var err error
	if c.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		for {
			conn, err := c.Accept()
			if err != nil {
				return
			}
			go c.talk(conn)
		}
	}()
	return c
}

func (c *catcher) talk(conn net.Conn) {
	defer func() { conn.Close() }()
	in, safe := bufio.NewReader(conn), false
	say := func(s string) { fmt.Fprint(conn, s+"\r\n") }
	say("220 catcher")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			if c.tls != nil && !safe {
				say("250-catcher")
				say("250 STARTTLS")
			} else {
				say("250 catcher")
			}
		case "STARTTLS":
			say("220 go on")
			over := tls.Server(conn, c.tls)
			conn, in, safe = over, bufio.NewReader(over), true
		case "RCPT":
			c.mu.Lock()
			c.rcpt = append(c.rcpt, rest)
			c.mu.Unlock()
			if c.says != "" {
				say(c.says)
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(l, "."))
			}
			c.mu.Lock()
			c.got, c.clear = append(c.got, text.String()), c.clear || !safe
			c.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// to opens a sender that believes the catcher to be at a host.
func (c *catcher) to(t *testing.T, host string, roots *tls.Config) *SMTP {
	t.Helper()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, c.Addr().String())
	}
	more := []gomail.Option{gomail.WithDialContextFunc(dial)}
	if roots != nil {
		more = append(more, gomail.WithTLSConfig(roots))
	}
	s, err := Open(Server{Where: net.JoinHostPort(host, "587"), From: "Onestory@Example.org"}, more...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMessageArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	c := catch(t, &catcher{})
	words := "Ẁelcome.\n.\nA line with a dot above, and 日本.\n"
	err := c.to(t, "localhost", nil).Send(t.Context(), Message{To: "amina@example.org", Subject: "Côd", Text: words, Key: "0-12-1"})
	if err != nil || len(c.got) != 1 {
		t.Fatal(err, c.got)
	}
	m, err := netmail.ReadMessage(strings.NewReader(c.got[0]))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"To": "<amina@example.org>", "From": "<onestory@example.org>", "Message-Id": "<0-12-1@example.org>",
		"Auto-Submitted": "auto-generated", "Subject": "=?UTF-8?q?C=C3=B4d?=", "Bcc": "", "User-Agent": "", "X-Mailer": ""} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s is %q, not %q", header, got, want)
		}
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if got := strings.ReplaceAll(string(body), "\r\n", "\n"); strings.TrimRight(got, "\n") != strings.TrimRight(words, "\n") || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNothingCrossesTheNetworkInTheClear(t *testing.T) {
	t.Parallel()
	m := Message{To: "amina@example.org", Subject: "Code", Text: "x", Key: "1"}
	plain := catch(t, &catcher{})
	if err := plain.to(t, "mail.example.com", nil).Send(t.Context(), m); err == nil || len(plain.got)+len(plain.rcpt) != 0 {
		t.Error("a server without TLS was told something:", err, plain.rcpt)
	}
	web := httptest.NewTLSServer(nil) // for its certificate, which is example.com's
	defer web.Close()
	safe := catch(t, &catcher{tls: &tls.Config{Certificates: web.TLS.Certificates}})
	if err := safe.to(t, "example.com", nil).Send(t.Context(), m); err == nil || len(safe.got)+len(safe.rcpt) != 0 {
		t.Error("a server with a certificate that nobody knows was told something:", err)
	}
	roots := &tls.Config{ServerName: "example.com", RootCAs: x509.NewCertPool()}
	roots.RootCAs.AddCert(web.Certificate())
	if err := safe.to(t, "example.com", roots).Send(t.Context(), m); err != nil || len(safe.got) != 1 || safe.clear {
		t.Error(err, len(safe.got), safe.clear)
	}
}

func TestWhatSomebodyTypedBecomesNoHeaderAndNoRecipient(t *testing.T) {
	t.Parallel()
	c := catch(t, &catcher{})
	s := c.to(t, "localhost", nil)
	for _, to := range []string{"", "a", "a@b", "a@b.c,d@e.f", "a@b.c\r\nBcc: d@e.f", "A <a@b.c>", "a@b.c\n", "a b@c.d", `"a\r\n"@b.c`, "a@b.c\x00", "<a@b.c>",
		"a@b.c>\r\nDATA", strings.Repeat("a", 250) + "@b.c", "a@[127.0.0.1]", "a@b.c\u2028"} {
		typed, err := Address(to)
		if err == nil && typed != strings.TrimSpace(to) {
			t.Errorf("%q becomes %q", to, typed)
		}
		if err != nil && !errors.Is(s.Send(t.Context(), Message{To: to, Subject: "x", Key: "1"}), ErrNever) {
			t.Errorf("%q was sent to", to)
		}
	}
	for _, bad := range []Message{{Subject: "a\r\nBcc: d@e.f", Key: "1"}, {Subject: "a\nb", Key: "1"}, {Subject: "a", Key: "1>\r\nX: y"}, {Subject: "a", Key: "1 2"}} {
		bad.To = "a@b.cd"
		if err := s.Send(t.Context(), bad); !errors.Is(err, ErrNever) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if len(c.rcpt) != 0 {
		t.Error(c.rcpt)
	}
	if got, err := Address(" Amina.Yusuf+a@Example.ORG "); err != nil || got != "amina.yusuf+a@example.org" {
		t.Error(got, err)
	}
}

func TestAnErrorTellsWhetherToTryAgainAndNamesNobody(t *testing.T) {
	t.Parallel()
	m := Message{To: "secret.person@example.org", Subject: "Code", Text: "x", Key: "1"}
	for says, never := range map[string]bool{"550 5.1.1 <secret.person@example.org> is not known": true, "451 4.3.0 later, secret.person@example.org": false} {
		err := catch(t, &catcher{says: says}).to(t, "localhost", nil).Send(t.Context(), m)
		if err == nil || errors.Is(err, ErrNever) != never || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", says, err)
		}
	}
	gone := catch(t, &catcher{})
	gone.Close()
	if err := gone.to(t, "localhost", nil).Send(t.Context(), m); err == nil || errors.Is(err, ErrNever) || strings.Contains(err.Error(), "secret") {
		t.Error("nobody is there:", err)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []Server{{Where: "mail", From: "a@b.cd"}, {Where: "mail:x", From: "a@b.cd"}, {Where: "mail:0", From: "a@b.cd"}, {Where: ":25", From: "a@b.cd"}, {Where: "mail:25", From: "b"}} {
		if _, err := Open(s); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}
