package script

import (
	"bytes"
	"encoding/binary"
	"html"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// sample.go makes files to send: none of them is kept here.

// sample is what is in the file of a name.
func sample(name string) []byte {
	switch name {
	case "photo.jpg": // as a telephone makes it: it says where
		var b bytes.Buffer
		_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil) // to memory: it cannot fail
		where := "Exif\x00\x00II\x2a\x00GPSLatitude 51.5 GPSLongitude -0.4"
		out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(where)+2))...)
		return append(append(out, where...), b.Bytes()[2:]...)
	case "voice.wav":
		b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x40\x1f\x00\x00")
		b = append(b, bytes.Repeat([]byte{0x80}, 8000)...)
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
		return b
	case "page.jpg":
		return []byte("<!DOCTYPE html><script>alert(1)</script>")
	case "drawing.svg":
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)
	case "large.mp4":
		return append([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"), make([]byte, 8<<20)...)
	}
	return nil
}

// withFile is a form as browsers send it with a file, the words first.
func withFile(form url.Values, name string) (*strings.Reader, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, all := range form {
		for _, v := range all {
			if k != "file" {
				_ = w.WriteField(k, v) // to memory: it cannot fail
			}
		}
	}
	part, _ := w.CreateFormFile("file", name)
	_, _ = part.Write(sample(name))
	_ = w.Close()
	return strings.NewReader(b.String()), w.FormDataContentType()
}

var sources = regexp.MustCompile(`<(?:img|audio|video) [^>]*src="([^"]*)"`)

// look fetches the first picture, sound or film on the page, as browsers do, and must find
// that it is of a type.
func (p *Player) look(kind string) {
	p.t.Helper()
	p.expectWell()
	m := sources.FindStringSubmatch(p.body)
	if m == nil {
		p.errorf("there is nothing to look at on the page")
		return
	}
	p.ask(http.MethodGet, html.UnescapeString(m[1]), nil)
	if got := p.header.Get("Content-Type"); got != kind {
		p.errorf("it is %s, not %s", got, kind)
	}
}
