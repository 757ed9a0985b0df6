package media

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"strings"
	"testing"

	"onestory/internal/fault"
)

func jpegOf(t testing.TB, segments ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 8)), nil); err != nil {
		t.Fatal(err)
	}
	out := []byte{0xff, 0xd8}
	for _, s := range segments {
		out = append(out, 0xff, s[0])
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)+1))
		out = append(out, s[1:]...)
	}
	return append(out, b.Bytes()[2:]...)
}

func pngOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdpng.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func chunk(name, said string) string {
	n := binary.LittleEndian.AppendUint32(nil, uint32(len(said)))
	return name + string(n) + said + strings.Repeat("\x00", len(said)%2)
}

func riffOf(form string, all ...string) []byte {
	said := form + strings.Join(all, "")
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(said)))) + said)
}

func box(name string, said ...string) string {
	all := strings.Join(said, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8))) + name + all
}

func trackOf(what string, more ...string) string {
	return box("trak", append([]string{box("tkhd", "0"), box("mdia", box("hdlr", "\x00\x00\x00\x00\x00\x00\x00\x00"+what+"0000"))}, more...)...)
}

func mp4Of(more ...string) []byte {
	all := []string{box("ftyp", "isom\x00\x00\x00\x00isom")}
	return []byte(strings.Join(append(all, more...), ""))
}

func frames(n int) string {
	one := append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...)
	return strings.Repeat(string(one), n)
}

func page(first bool, said string) string {
	flag := "\x00"
	if first {
		flag = "\x02"
	}
	return "OggS\x00" + flag + strings.Repeat("\x00", 20) + "\x01" + string(rune(len(said))) + said
}

const gps = "GPSLatitude 51.5"

// samples are one of each kind, with marks in it that say where it was made.
func samples(t testing.TB) map[string][]byte {
	webmHead := "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04\x42\x85\x81\x02"
	text := binary.BigEndian.AppendUint32([]byte("\x00\x00\x00\x03tEXtGPS"), crc32.ChecksumIEEE([]byte("tEXtGPS")))
	withText := bytes.Replace(pngOf(t), []byte("\x00\x00\x00\x00IEND"), append(text, "\x00\x00\x00\x00IEND"...), 1)
	return map[string][]byte{
		"image/jpeg": append(jpegOf(t, "\xe1Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"+gps, "\xfe"+gps, "\xe1http://ns.adobe.com/xap/1.0/\x00"+gps), gps...),
		"image/png":  append(withText, gps...),
		"image/webp": riffOf("WEBP", chunk("VP8X", "\x0c\x00\x00\x00\x0f\x00\x00\x07\x00\x00"), chunk("VP8L", "abc"), chunk("EXIF", gps), chunk("XMP ", gps)),
		"audio/wav":  riffOf("WAVE", chunk("LIST", gps), chunk("fmt ", strings.Repeat("0", 16)), chunk("data", "01234")),
		"audio/mpeg": []byte("ID3\x04\x00\x00\x00\x00\x00\x10" + gps + frames(5) + "TAG" + gps),
		"audio/ogg":  []byte(page(true, "OpusHead") + page(false, "OpusTags")),
		"audio/mp4":  mp4Of(box("moov", box("mvhd", "0"), trackOf("soun"), box("udta", gps)), box("mdat", "0123")),
		"video/mp4":  mp4Of(box("free", gps), box("mdat", "0123"), box("moov", box("mvhd", "0"), trackOf("vide", box("udta", gps)), trackOf("soun"), trackOf("meta", box("gpmd", gps)), box("meta", gps)), box("uuid", gps)),
		"video/webm": []byte(webmHead + "and so on"),
	}
}

func TestEachKindIsToldByItsContentAndLosesWhereItWasMade(t *testing.T) {
	t.Parallel()
	for want, b := range samples(t) {
		clean, kind, err := Clean(b)
		if err != nil || kind != want {
			t.Errorf("%s was taken for %q: %v", want, kind, err)
			continue
		}
		if bytes.Contains(clean, []byte("GPS")) {
			t.Errorf("%s still says where it was made", want)
		}
		if again, _, err := Clean(clean); err != nil || !bytes.Equal(again, clean) {
			t.Errorf("%s is not clean once it was cleaned: %v", want, err)
		}
		if Ending(kind) == "" || SortOf(kind) == "" {
			t.Errorf("%s has no ending or sort", kind)
		}
	}
}

func TestAPictureStaysAsItWasTurned(t *testing.T) {
	t.Parallel()
	clean, _, err := Clean(samples(t)["image/jpeg"])
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(clean, []byte("Exif\x00\x00"))
	if i < 0 || orientation(clean[i:i+32]) != 6 {
		t.Errorf("it is turned %q", clean[:60])
	}
	if _, err := stdjpeg.Decode(bytes.NewReader(clean)); err != nil {
		t.Errorf("it can no longer be drawn: %v", err)
	}
	clean, _, err = Clean(samples(t)["image/png"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stdpng.Decode(bytes.NewReader(clean)); err != nil {
		t.Errorf("it can no longer be drawn: %v", err)
	}
}

func TestWhatIsNoneOfTheseIsRefusedWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"nothing":                          nil,
		"one byte":                         {0xff},
		"a page":                           []byte("<!DOCTYPE html><script>alert(1)</script>"),
		"a drawing":                        []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`),
		"a GIF":                            []byte("GIF89a\x01\x00\x01\x00\x00\xff\x00,"),
		"a PDF":                            []byte("%PDF-1.7"),
		"a program":                        []byte("MZ\x90\x00"),
		"eight million bytes and one":      append(jpegOf(t), make([]byte, Most)...),
		"a page after the start of a JPEG": []byte("\xff\xd8\xff<script>alert(1)</script>"),
		"a JPEG that ends too soon":        jpegOf(t)[:60],
		"a PNG with a wrong sum":           bytes.Replace(pngOf(t), []byte("IHDR\x00"), []byte("IHDR\x01"), 1),
		"a page that begins like an MP3":   []byte("ID3\x04\x00\x00\x00\x00\x00\x00<html>" + strings.Repeat("x", 900)),
		"a page with some frames in it":    []byte("ID3\x04\x00\x00\x00\x00\x00\x00" + frames(2) + strings.Repeat("<script>", 400)),
		"text that begins like a frame":    []byte("\xff\xfb\x90\x00<html>"),
		"a WebP without a picture":         riffOf("WEBP", chunk("EXIF", "x")),
		"a WebP that says it is longer":    riffOf("WEBP", chunk("VP8L", "abc"))[:18],
		"an AVI":                           riffOf("AVI ", chunk("data", "x")),
		"a HEIC":                           []byte(box("ftyp", "heic\x00\x00\x00\x00mif1") + box("moov", trackOf("vide")) + box("mdat", "0")),
		"an MP4 without sound or film":     mp4Of(box("moov", trackOf("meta")), box("mdat", "0")),
		"an MP4 with a box of no size":     mp4Of("\x00\x00\x00\x01moov"),
		"a Matroska that is no WebM":       []byte("\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska"),
		"an Ogg of something else":         []byte(page(true, "\x80theora")),
		"an Ogg with a page at the end":    []byte(page(true, "OpusHead") + "<html>"),
	} {
		_, kind, err := Clean(b)
		if k, _ := fault.Of(err); k != fault.Invalid || kind != "" || fault.Say(err) == "" {
			t.Errorf("%s was answered with %q, %v", name, kind, err)
		}
	}
}

func TestAPictureThatIsTooLargeToDrawIsRefused(t *testing.T) {
	t.Parallel()
	b := jpegOf(t)
	i := bytes.Index(b, []byte{0xff, 0xc0})
	copy(b[i+5:], "\xff\xff\xff\xff")
	if _, _, err := Clean(b); err != errPixels {
		t.Error(err)
	}
}

// What stands behind a picture does not come with it.
func TestWhatIsTwoThingsBecomesOne(t *testing.T) {
	t.Parallel()
	for kind, b := range samples(t) {
		if kind == "video/webm" || kind == "audio/ogg" || strings.HasSuffix(kind, "mp4") {
			continue
		}
		clean, _, err := Clean(append(b, "PK\x03\x04<script>alert(1)</script>"...))
		if err != nil || bytes.Contains(clean, []byte("<script>")) {
			t.Errorf("%s brings a page with it: %v", kind, err)
		}
	}
}

// FuzzClean looks for files that make it fail, grow, or change what is clean already.
func FuzzClean(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		had := bytes.Clone(b)
		clean, kind, err := Clean(b)
		if !bytes.Equal(b, had) {
			t.Fatal("it wrote into what it was given")
		}
		if err != nil {
			if k, _ := fault.Of(err); k != fault.Invalid || clean != nil || kind != "" {
				t.Fatalf("%q %v", kind, err)
			}
			return
		}
		if SortOf(kind) == "" || len(clean) > len(b)+60 {
			t.Fatalf("%q has %d bytes of %d", kind, len(clean), len(b))
		}
		again, kind2, err := Clean(clean)
		if err != nil || kind2 != kind || !bytes.Equal(again, clean) {
			t.Fatalf("%q became %q: %v", kind, kind2, err)
		}
	})
}
