package media

import (
	"encoding/binary"
	"hash/crc32"
)

// jpeg keeps the parts that draw the picture, its colours, and which way up it is.
func jpeg(b []byte) ([]byte, string, error) {
	var jfif, rest []byte
	turned, frame, drawn := byte(0), false, false
	for i := 2; ; {
		for i < len(b) && b[i] == 0xff && i+1 < len(b) && b[i+1] == 0xff {
			i++ // filling
		}
		if i+1 >= len(b) || b[i] != 0xff {
			return nil, "", errBroken
		}
		m := b[i+1]
		if m == 0xd9 {
			break
		}
		if m == 0 || m == 1 || m >= 0xd0 && m <= 0xd8 || i+4 > len(b) {
			return nil, "", errBroken
		}
		end := i + 2 + int(binary.BigEndian.Uint16(b[i+2:]))
		if end < i+4 || end > len(b) {
			return nil, "", errBroken
		}
		part, said := b[i:end], b[i+4:end]
		switch {
		case m == 0xe0 && at(said, 0, "JFIF\x00") && len(said) >= 14:
			if jfif == nil { // without the small picture that may stand in it
				jfif = append([]byte{0xff, 0xe0, 0, 16}, said[:12]...)
				jfif = append(jfif, 0, 0)
			}
		case m == 0xe1 && turned == 0:
			turned = orientation(said)
		case m == 0xe2 && at(said, 0, "ICC_PROFILE\x00"), m == 0xee && at(said, 0, "Adobe"):
			rest = append(rest, part...)
		case m >= 0xe0 && m <= 0xef, m == 0xfe:
		default:
			rest = append(rest, part...)
			if m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc {
				if len(said) < 6 {
					return nil, "", errBroken
				}
				if frame = true; !drawable(binary.BigEndian.Uint16(said[3:]), binary.BigEndian.Uint16(said[1:])) {
					return nil, "", errPixels
				}
			}
			if m == 0xda {
				drawn = true
				from := end
				for end+1 < len(b) && (b[end] != 0xff || b[end+1] == 0 || b[end+1] >= 0xd0 && b[end+1] <= 0xd7) {
					end++
				}
				rest = append(rest, b[from:end]...)
			}
		}
		i = end
	}
	if !frame || !drawn {
		return nil, "", errBroken
	}
	out := append([]byte{0xff, 0xd8}, jfif...)
	if turned > 1 {
		out = append(out, "\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"...)
		out = append(out, turned, 0, 0, 0, 0, 0, 0)
	}
	return append(append(out, rest...), 0xff, 0xd9), "image/jpeg", nil
}

// drawable reports whether a picture of that size can be shown. A height of none is said
// later in the file, which no browser reads.
func drawable(wide, high uint16) bool {
	return wide > 0 && high > 0 && int(wide)*int(high) <= mostPixels
}

// orientation is which way up EXIF says that a picture is, from 1 to 8; 0 when it does not.
func orientation(said []byte) byte {
	if !at(said, 0, "Exif\x00\x00") || len(said) < 14 {
		return 0
	}
	said = said[6:]
	var order binary.ByteOrder
	switch string(said[:4]) {
	case "MM\x00\x2a":
		order = binary.BigEndian
	case "II\x2a\x00":
		order = binary.LittleEndian
	default:
		return 0
	}
	i := int64(order.Uint32(said[4:]))
	if i+2 > int64(len(said)) {
		return 0
	}
	for n := int64(order.Uint16(said[i:])); n > 0; n-- {
		tag := i + 2 + (n-1)*12
		if tag+12 > int64(len(said)) || order.Uint16(said[tag:]) != 0x0112 {
			continue
		}
		if v := order.Uint16(said[tag+8:]); order.Uint16(said[tag+2:]) == 3 && v >= 1 && v <= 8 {
			return byte(v)
		}
	}
	return 0
}

const pngBegins = "\x89PNG\r\n\x1a\n"

// png keeps the chunks that draw the picture, and its colours.
func png(b []byte) ([]byte, string, error) {
	out, drawn := append([]byte(nil), pngBegins...), false
	for rest := b[len(pngBegins):]; ; {
		if len(rest) < 12 {
			return nil, "", errBroken
		}
		n := int64(binary.BigEndian.Uint32(rest))
		if n > int64(len(rest)-12) {
			return nil, "", errBroken
		}
		name, chunk := string(rest[4:8]), rest[:n+12]
		if crc32.ChecksumIEEE(chunk[4:n+8]) != binary.BigEndian.Uint32(chunk[n+8:]) {
			return nil, "", errBroken
		}
		if first := len(out) == len(pngBegins); first != (name == "IHDR") {
			return nil, "", errBroken
		} else if first {
			if n != 13 {
				return nil, "", errBroken
			}
			wide, high := binary.BigEndian.Uint32(chunk[8:]), binary.BigEndian.Uint32(chunk[12:])
			if wide == 0 || high == 0 || uint64(wide)*uint64(high) > mostPixels {
				return nil, "", errPixels
			}
		}
		switch name {
		case "IDAT":
			drawn = true
			fallthrough
		case "IHDR", "PLTE", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "cICP", "pHYs", "bKGD", "acTL", "fcTL", "fdAT":
			out = append(out, chunk...)
		}
		if name == "IEND" {
			break
		}
		rest = rest[n+12:]
	}
	if !drawn {
		return nil, "", errBroken
	}
	return out, "image/png", nil
}

// webp keeps the chunks that draw the picture, and its colours.
func webp(b []byte) ([]byte, string, error) {
	drawn := false
	out, err := chunks(b, func(name string, said []byte) ([]byte, bool) {
		switch name {
		case "VP8 ", "VP8L", "ANMF":
			drawn = true
			return said, true
		case "ALPH", "ANIM", "ICCP":
			return said, true
		case "VP8X":
			if len(said) < 10 {
				return nil, false
			}
			said = append([]byte(nil), said[:10]...)
			said[0] &^= 0x0c // that there are EXIF and XMP
			return said, true
		}
		return nil, false
	})
	if err == nil && !drawn {
		err = errBroken
	}
	return out, "image/webp", err
}

// wav keeps what the sound is, and the sound.
func wav(b []byte) ([]byte, string, error) {
	had := map[string]bool{}
	out, err := chunks(b, func(name string, said []byte) ([]byte, bool) {
		if name != "fmt " && name != "data" && name != "fact" || had[name] {
			return nil, false
		}
		had[name] = true
		return said, true
	})
	if err == nil && !(had["fmt "] && had["data"]) {
		err = errBroken
	}
	return out, "audio/wav", err
}

// chunks writes a RIFF file anew from the chunks that keep keeps.
func chunks(b []byte, keep func(name string, said []byte) ([]byte, bool)) ([]byte, error) {
	end := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	if end > int64(len(b)) || end < 12 {
		return nil, errBroken
	}
	out := append([]byte(nil), b[:12]...)
	for rest := b[12:end]; len(rest) > 0; {
		if len(rest) < 8 {
			return nil, errBroken
		}
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		if n > int64(len(rest)-8) {
			return nil, errBroken
		}
		if said, ok := keep(string(rest[:4]), rest[8:8+n]); ok {
			out = append(out, rest[:4]...)
			out = binary.LittleEndian.AppendUint32(out, uint32(len(said)))
			out = append(out, said...)
			if len(said)%2 == 1 {
				out = append(out, 0)
			}
		}
		rest = rest[min(8+n+n%2, int64(len(rest))):]
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}
