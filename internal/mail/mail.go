// Package mail sends short messages in plain text by SMTP.
//
// It promises that nothing crosses a network in the clear: the server must speak TLS,
// unless it is on this very machine; that one try ends within half a minute; and that
// what somebody typed becomes neither a header nor a second recipient. Its errors name
// no address. Text messages go by [Texts], of which there is none yet.
//
// It owns no tables: what is to be sent waits in package outbox.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// A Message is words for one address.
type Message struct {
	To      string // as Address has it
	Subject string // one line
	Text    string // plain; lines end as Go's do
	Key     string // the same at every try, so that who gets it twice can tell: letters, digits, dashes
}

// Texts sends a text message to a telephone number such as +447700900123.
type Texts interface {
	Text(ctx context.Context, number, words string) error
}

// A Server is where mail is handed in.
type Server struct {
	Where    string // HOST:PORT; at 465 TLS comes first, elsewhere by STARTTLS
	User     string // "": the server asks for none
	Password string
	From     string // the address that messages come from
}

// An SMTP sends through one server. Safe for concurrent use.
type SMTP struct {
	Server
	domain  string
	host    string
	options []gomail.Option
}

// tryTime is how long one message may take.
const tryTime = 30 * time.Second

// ErrNever says that the server will not take this message, however often it is tried.
var ErrNever = errors.New("mail: refused for good")

// Open checks the settings. It does not call the server.
func Open(s Server, more ...gomail.Option) (*SMTP, error) {
	host, port, err := net.SplitHostPort(s.Where)
	if err != nil || host == "" {
		return nil, fmt.Errorf("mail: the server must be HOST:PORT, not %q", s.Where)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("mail: the server must be HOST:PORT, not %q", s.Where)
	}
	if s.From, err = Address(s.From); err != nil {
		return nil, errors.New("mail: the address that messages come from is none")
	}
	_, domain, _ := strings.Cut(s.From, "@")
	o := []gomail.Option{gomail.WithPort(int(n)), gomail.WithTimeout(tryTime), gomail.WithHELO(domain)}
	switch {
	case n == 465:
		o = append(o, gomail.WithSSL())
	case local(host):
		o = append(o, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	out := &SMTP{Server: s, domain: domain, host: host, options: append(o, more...)}
	_, err = gomail.NewClient(host, out.options...)
	return out, err
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send hands one message in. ErrNever says that it is of no use to try again.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	made, err := s.compose(m)
	if err != nil {
		return err
	}
	c, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, tryTime)
	defer stop()
	err = c.DialAndSendWithContext(ctx, made)
	var failed *gomail.SendError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &failed): // it says nothing of the message
		return fmt.Errorf("mail: the server was not reached: %w", err)
	case !failed.IsTemp() && failed.ErrorCode() >= 500:
		return fmt.Errorf("%w (%d)", ErrNever, failed.ErrorCode())
	}
	return fmt.Errorf("mail: not taken now (%s, %d)", failed.Reason, failed.ErrorCode())
}

// compose makes the message as it travels.
func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	to, err := Address(m.To)
	if err != nil {
		return nil, ErrNever
	}
	if !oneLine(m.Subject) || !oneLine(m.Key) || strings.ContainsAny(m.Key, "<>@ ") {
		return nil, fmt.Errorf("%w: a header of more than one line", ErrNever)
	}
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(out.From(s.From), out.To(to)); err != nil {
		return nil, ErrNever // deliberately without the cause, which has the address
	}
	out.Subject(m.Subject)
	out.SetDate()
	out.SetMessageIDWithValue(m.Key + "@" + s.domain)
	out.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's holiday answers it
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	return out, nil
}

// Address is an e-mail address as it is kept and compared: without a name or spaces
// around it, in small letters. What is none is an error.
func Address(typed string) (string, error) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Address != typed || len(typed) > 254 || !oneLine(typed) || strings.ContainsAny(typed, " \"") {
		return "", errors.New("mail: no address")
	}
	if at := strings.LastIndexByte(typed, '@'); at > 64 || !strings.Contains(typed[at:], ".") {
		return "", errors.New("mail: no address")
	}
	return typed, nil
}

func oneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

// A Box keeps messages in memory instead of sending them, as the demo does: nothing
// leaves. Its zero value is empty; it keeps the last hundred.
type Box struct {
	mu  sync.Mutex
	all []Kept
}

// Kept is a message in a Box.
type Kept struct {
	Message
	At time.Time
}

const boxHolds = 100

// Put keeps a message, as of an instant.
func (b *Box) Put(m Message, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append([]Kept{{m, at}}, b.all[:min(len(b.all), boxHolds-1)]...)
}

// All are the messages, the newest first.
func (b *Box) All() []Kept {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Kept(nil), b.all...)
}
