package form

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"onestory/internal/fault"
)

const limit = 256 << 10 // bytes of a body, when the form does not say

// unread is an Invalid whose sentences are also in the catalogue.
type unread struct {
	answer  fault.Error
	id      map[string]string // by path
	because map[string]map[string]any
}

func (u *unread) Error() string { return u.answer.Error() }

// Unwrap lets fault find the answer.
func (u *unread) Unwrap() error { return &u.answer }

func unreadable() *unread {
	return &unread{fault.Error{Kind: fault.Invalid}, map[string]string{}, map[string]map[string]any{}}
}

// Read takes what was typed into the fields. Its error is [fault.Invalid], for
// Took, when the body is too long or cannot be read (the typed words are then
// gone), an answer is longer than its field allows, or a date is not one; what was
// typed is then kept. A choice that was not offered reads as none.
//
//	err := f.Read(r)
//	if err == nil {
//		err = s.door.With(…)
//	}
//	if f.Took(err) { … 422 … }
func (f *Form) Read(r *http.Request) error {
	values, err := f.body(r)
	if err != nil {
		return err
	}
	f.aside, f.use = "", values.Get("use")
	if f.Later != "" && values.Get("later") == "yes" {
		values.Del("later")
		f.aside = values.Encode()
	}
	u := unreadable()
	for i := range f.Fields {
		field := &f.Fields[i]
		field.take(values)
		label := field.Label
		if label == "" {
			label = f.Title
		}
		switch {
		case field.As == File:
			if field.large {
				u.add(field.Name, "form.too-large", fmt.Sprintf("This file is larger than %d MB. Choose a smaller one.", field.Max>>20), map[string]any{"Max": field.Max >> 20})
			}
		case field.As != Date && utf8.RuneCountInString(field.Value) > field.max():
			u.add(field.Name, "form.too-long", fmt.Sprintf("%s must be %d characters or less", label, field.max()), map[string]any{"Label": label, "Max": field.max()})
		case field.As == Date && field.Value != "" && !isDay(field.Value):
			u.add(field.Name, "form.not-a-date", label+" must be a real date, such as 3 11 2026", map[string]any{"Label": label})
		}
	}
	if len(u.answer.Problems) == 0 {
		return nil
	}
	return u
}

// LaidAside is all that was typed, as forms write it, when the second button was pressed;
// otherwise "".
func (f *Form) LaidAside() string { return f.aside }

// Pressed is the value of the Offer whose button was pressed; "" when it was the form's.
// It is not to be trusted.
func (f *Form) Pressed() string { return f.use }

func (u *unread) add(path, id, say string, because map[string]any) {
	u.answer.Problems = append(u.answer.Problems, fault.Problem{Path: path, Say: say})
	u.id[path], u.because[path] = id, because
}

// body reads the fields of a POST. Only the body counts: what stands in the
// address is not an answer.
func (f *Form) body(r *http.Request) (url.Values, error) {
	most := f.Limit
	if most == 0 {
		most = limit
	}
	whole := unreadable()
	if f.file() != nil {
		if in, err := r.MultipartReader(); err == nil {
			return f.multi(r, in, most)
		} // else it comes without one, as a draft does
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, most))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		whole.add("", "form.too-big", "What you sent is too long for us to take. Shorten it, or call us.", nil)
		return nil, whole
	case err != nil:
		return nil, err // the connection broke: there is nobody to answer
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		whole.add("", "form.unreadable", "We could not read what you sent. Go back and send it again.", nil)
		return nil, whole
	}
	return values, nil
}

func (f *Field) take(values url.Values) {
	switch f.As {
	case File: // was read already
	case Checkboxes:
		f.Values = nil
		for _, o := range f.Options {
			if slices.Contains(values[f.Name], o.Value) {
				f.Values = append(f.Values, o.Value)
			}
		}
	case Radios, Select:
		f.Value = ""
		if got := values.Get(f.Name); slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == got }) {
			f.Value = got
		}
	case Date:
		for i, part := range dateParts {
			f.parts[i] = strings.TrimSpace(clean(values.Get(f.Name + part)))
		}
		f.Value = join(f.parts)
	case Textarea:
		f.Value = strings.TrimSpace(clean(values.Get(f.Name)))
	default:
		f.Value = strings.TrimSpace(strings.ReplaceAll(clean(values.Get(f.Name)), "\n", " "))
	}
}

func (f *Field) max() int {
	switch {
	case f.Max > 0:
		return f.Max
	case f.As == Textarea:
		return 10_000
	case f.As == Hidden:
		return 4_000
	}
	return 200
}

// clean makes lines end one way and leaves out what is not text: browsers send
// \r\n, and a NUL cannot be stored.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

var dateParts = [3]string{"-day", "-month", "-year"}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// join writes typed parts as 2026-11-03, or as they are when they cannot be one.
func join(parts [3]string) string {
	if parts == [3]string{} {
		return ""
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return strings.Join([]string{parts[2], parts[1], parts[0]}, "-")
		}
		n[i] = int(v)
	}
	return fmt.Sprintf("%04d-%02d-%02d", n[2], n[1], n[0])
}

// split is the other way: the parts to show of a date there is already.
func split(value string) [3]string {
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return [3]string{}
	}
	return [3]string{strconv.Itoa(day.Day()), strconv.Itoa(int(day.Month())), strconv.Itoa(day.Year())}
}
