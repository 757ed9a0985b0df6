// Package media tells pictures, sound and film by what is in them, and takes out of them
// what tells more than is seen and heard, such as where they were made.
//
// Neither the name of a file nor what a browser says of it counts. What is not one of the
// few kinds that are known, whole, is refused: text, SVG and HTML always are. What comes
// out of [Clean] is written anew from the parts that are needed, so that nothing can
// stand behind or between them. It is pure, and owns nothing.
//
// Two kinds keep what their tools wrote into them: OGG and WebM, whose comments cannot be
// told from sound without rewriting every page. The times in an MP4 stay too.
package media

import (
	"bytes"
	"strings"

	"onestory/internal/fault"
)

// Most is how many bytes one may have.
const Most = 8 << 20

// mostPixels is how many a picture may have: what is small in a file can be very large in
// memory.
const mostPixels = 100_000_000

var (
	errNothing = fault.New(fault.Invalid, "Choose a picture, a sound or a film. A file with nothing in it cannot be taken.")
	errLarge   = fault.New(fault.Invalid, "This file is larger than 8 MB. Choose a smaller one.")
	errUnknown = fault.New(fault.Invalid, "This is not a picture, a sound or a film that we can take. Choose a JPEG, PNG, WebP, MP3, M4A, OGG, WAV, MP4 or WebM file.")
	errBroken  = fault.New(fault.Invalid, "This file is not whole. Choose another, or save it again.")
	errPixels  = fault.New(fault.Invalid, "This picture is too large to be shown. Make it smaller.")
)

// Clean tells what a file is, as a media type such as image/jpeg, and answers what of it
// is kept. What is clean stays as it is. Its errors are Invalid, with a sentence.
func Clean(b []byte) (clean []byte, kind string, err error) {
	switch {
	case len(b) == 0:
		return nil, "", errNothing
	case len(b) > Most:
		return nil, "", errLarge
	}
	for _, k := range kinds {
		if !k.is(b) {
			continue
		}
		if clean, kind, err = k.clean(b); err != nil {
			return nil, "", err
		}
		return clean, kind, nil
	}
	return nil, "", errUnknown
}

var kinds = []struct {
	is    func([]byte) bool
	clean func([]byte) ([]byte, string, error)
}{
	{begins("\xff\xd8\xff"), jpeg},
	{begins(pngBegins), png},
	{riff("WEBP"), webp},
	{riff("WAVE"), wav},
	{func(b []byte) bool { return at(b, 4, "ftyp") }, mp4},
	{begins("OggS\x00"), ogg},
	{begins("\x1a\x45\xdf\xa3"), webm},
	{isMP3, mp3},
}

func begins(with string) func([]byte) bool {
	return func(b []byte) bool { return at(b, 0, with) }
}

func riff(form string) func([]byte) bool {
	return func(b []byte) bool { return at(b, 0, "RIFF") && at(b, 8, form) }
}

// at reports whether some bytes have others at a place.
func at(b []byte, i int, what string) bool {
	return len(b) >= i+len(what) && string(b[i:i+len(what)]) == what
}

// A Sort is how something is taken in.
type Sort string

// The sorts: seen, heard, or both.
const (
	Picture Sort = "picture"
	Sound   Sort = "sound"
	Film    Sort = "film"
)

// SortOf is the sort of a media type; "" for one that Clean does not answer.
func SortOf(kind string) Sort {
	if Ending(kind) == "" {
		return ""
	}
	switch first, _, _ := strings.Cut(kind, "/"); first {
	case "image":
		return Picture
	case "audio":
		return Sound
	}
	return Film
}

// Ending is how the name of a file of a media type ends; "" for one that Clean does not
// answer.
func Ending(kind string) string {
	switch kind {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/webp":
		return ".webp"
	case "audio/mpeg":
		return ".mp3"
	case "audio/mp4":
		return ".m4a"
	case "audio/ogg":
		return ".ogg"
	case "audio/wav":
		return ".wav"
	case "video/mp4":
		return ".mp4"
	case "video/webm":
		return ".webm"
	}
	return ""
}

// webm is told by its header, and kept as it is.
func webm(b []byte) ([]byte, string, error) {
	if bytes.Contains(b[:min(len(b), 64)], []byte("\x42\x82\x84webm")) {
		return b, "video/webm", nil
	}
	return nil, "", errUnknown
}
