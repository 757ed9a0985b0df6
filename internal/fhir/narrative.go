package fhir

import "strings"

// forbidden are the elements that R4 keeps out of narratives.
var forbidden = [...]string{"script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button", "base", "link", "meta", "style", "head", "body", "html"}

// isNarrative reports whether s is one div with its tags closed and nothing in
// it that acts. It is not an XML parser: names of closing tags are not compared.
func isNarrative(s string) bool {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "<div") || len(s) < 6 || !strings.HasSuffix(s, ">") || strings.IndexByte(" \t\r\n/>", s[4]) < 0 {
		return false
	}
	depth := 0
	for {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			return depth == 0 && strings.TrimSpace(s) == ""
		}
		if depth == 0 && strings.TrimSpace(s[:at]) != "" {
			return false
		}
		s = s[at+1:]
		if strings.HasPrefix(s, "!--") {
			end := strings.Index(s, "-->")
			if end < 0 {
				return false
			}
			s = s[end+3:]
			continue
		}
		end, ok := tagEnd(s)
		if !ok {
			return false
		}
		tag := s[:end]
		s = s[end+1:]
		switch {
		case strings.HasPrefix(tag, "/"):
			depth--
		case !harmless(tag):
			return false
		case !strings.HasSuffix(tag, "/"):
			depth++
		}
		if depth < 0 || depth == 0 && strings.TrimSpace(s) != "" {
			return false
		}
	}
}

// tagEnd finds the > that ends a tag, which may not be in a quoted value.
func tagEnd(s string) (int, bool) {
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			return 0, false
		case c == '>':
			return i, true
		}
	}
	return 0, false
}

// harmless reports whether an opening tag is none of the forbidden ones and has
// no attribute that acts.
func harmless(tag string) bool {
	n := 0
	for n < len(tag) && (tag[n]|0x20-'a' <= 25 || tag[n]-'0' <= 9) {
		n++
	}
	if n == 0 {
		return false
	}
	for _, f := range forbidden {
		if strings.EqualFold(tag[:n], f) {
			return false
		}
	}
	for rest := tag[n:]; ; {
		rest = strings.TrimLeft(rest, " \t\r\n/")
		name, value, ok := strings.Cut(rest, "=")
		if !ok {
			return true
		}
		if name = strings.TrimSpace(name); len(name) > 2 && strings.EqualFold(name[:2], "on") {
			return false
		}
		value = strings.TrimLeft(value, " \t\r\n")
		if value == "" || value[0] != '"' && value[0] != '\'' {
			return false
		}
		end := strings.IndexByte(value[1:], value[0])
		if end < 0 {
			return false
		}
		if acts(value[1 : 1+end]) {
			return false
		}
		rest = value[end+2:]
	}
}

func acts(value string) bool {
	const script = "javascript:"
	value = strings.TrimSpace(value)
	return len(value) >= len(script) && strings.EqualFold(value[:len(script)], script)
}
