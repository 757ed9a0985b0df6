package media

import (
	"bytes"
	"encoding/binary"
)

func isMP3(b []byte) bool { return at(b, 0, "ID3") || frameLength(b) > 0 }

// mp3 keeps the frames, and nothing that stands before, between or after them.
func mp3(b []byte) ([]byte, string, error) {
	for at(b, 0, "ID3") && len(b) >= 10 {
		n := int(b[6]&0x7f)<<21 | int(b[7]&0x7f)<<14 | int(b[8]&0x7f)<<7 | int(b[9]&0x7f)
		if n += 10; n > len(b) {
			return nil, "", errBroken
		}
		b = b[n:]
	}
	out, had := make([]byte, 0, len(b)), len(b)
	for len(b) > 0 {
		n := frameLength(b)
		if n > 0 && n <= len(b) {
			out, b = append(out, b[:n]...), b[n:]
			continue
		}
		next := bytes.IndexByte(b[1:], 0xff)
		if next < 0 {
			break
		}
		b = b[1+next:]
	}
	if len(out) == 0 {
		return nil, "", errUnknown
	}
	if len(out) < had/2 { // something else, with a few bytes in it that look like sound
		return nil, "", errUnknown
	}
	return out, "audio/mpeg", nil
}

var (
	rates  = [2][15]int{{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}, {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}
	tempos = [3]int{44100, 48000, 32000}
)

// frameLength is how many bytes the MPEG audio frame of layer III has with which b begins;
// 0 when it begins with none.
func frameLength(b []byte) int {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 || b[1]>>1&3 != 1 {
		return 0
	}
	version, rate, tempo := b[1]>>3&3, int(b[2]>>4), int(b[2]>>2&3)
	if version == 1 || rate == 0 || rate == 15 || tempo == 3 {
		return 0
	}
	per, table, hertz := 144_000, 0, tempos[tempo]
	if version != 3 {
		per, table, hertz = 72_000, 1, hertz/2
		if version == 0 {
			hertz /= 2
		}
	}
	return per*rates[table][rate]/hertz + int(b[2]>>1&1)
}

// ogg is told by what its streams say that they are, and kept as far as it has whole pages.
func ogg(b []byte) ([]byte, string, error) {
	for rest := b; len(rest) > 0; {
		if len(rest) < 27 || !at(rest, 0, "OggS\x00") {
			return nil, "", errBroken
		}
		segments := int(rest[26])
		if len(rest) < 27+segments {
			return nil, "", errBroken
		}
		n := 27 + segments
		for _, s := range rest[27 : 27+segments] {
			n += int(s)
		}
		if n > len(rest) {
			return nil, "", errBroken
		}
		if first := rest[5]&2 != 0; first != (len(rest) == len(b)) {
			return nil, "", errUnknown // more than one thing in it
		}
		if said := rest[27+segments : n]; len(rest) == len(b) &&
			!at(said, 0, "OpusHead") && !at(said, 0, "\x01vorbis") && !at(said, 0, "Speex   ") && !at(said, 0, "\x7fFLAC") {
			return nil, "", errUnknown
		}
		rest = rest[n:]
	}
	return b, "audio/ogg", nil
}

// mp4 blanks whatever is not needed to play it: everything stays in its place, since the
// rest says where it stands.
func mp4(b []byte) ([]byte, string, error) {
	out := bytes.Clone(b)
	var film, sound, index, content bool
	err := boxes(out, func(name string, box, said []byte) error {
		switch name {
		case "ftyp":
			if len(said) < 8 || !plays(said) {
				return errUnknown
			}
		case "mdat":
			content = true
		case "moov":
			index = true
			return boxes(said, func(name string, box, said []byte) error {
				switch name {
				case "trak":
					what, err := track(said)
					if film, sound = film || what == "vide", sound || what == "soun"; err != nil {
						return err
					}
					if what != "vide" && what != "soun" {
						blank(box, said) // such as where the camera was, moment by moment
					}
				case "mvhd", "mvex", "iods":
				default:
					blank(box, said)
				}
				return nil
			})
		case "moof":
			return boxes(said, func(name string, box, said []byte) error {
				if name != "mfhd" && name != "traf" {
					blank(box, said)
				}
				return nil
			})
		case "styp", "sidx", "mfra":
		default:
			blank(box, said)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, "", err
	case !index || !content || !film && !sound:
		return nil, "", errBroken
	case film:
		return out, "video/mp4", nil
	}
	return out, "audio/mp4", nil
}

// plays reports whether the brands of a file are those of sound and film that browsers
// play. Still pictures are kept in such files too, which not all can show.
func plays(brands []byte) bool {
	for i := 0; i+4 <= len(brands); i += 4 {
		if i == 4 {
			continue // a version
		}
		switch string(brands[i : i+4]) {
		case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4A ", "M4B ", "M4V ", "MSNV", "dash":
			return true
		}
	}
	return false
}

// track blanks what a track does not need, and tells what it is: soun, vide or another.
func track(b []byte) (what string, err error) {
	err = boxes(b, func(name string, box, said []byte) error {
		switch name {
		case "mdia":
			return boxes(said, func(name string, box, said []byte) error {
				switch name {
				case "hdlr":
					if len(said) >= 12 {
						what = string(said[8:12])
					}
				case "mdhd", "minf", "elng":
				default:
					blank(box, said)
				}
				return nil
			})
		case "tkhd", "edts", "tref", "tapt":
		default:
			blank(box, said)
		}
		return nil
	})
	return what, err
}

// boxes calls each with the boxes of an MP4, whole and what is in them.
func boxes(b []byte, each func(name string, box, said []byte) error) error {
	for len(b) > 0 {
		if len(b) < 8 {
			return errBroken
		}
		head, n := 8, uint64(binary.BigEndian.Uint32(b))
		switch {
		case n == 0:
			n = uint64(len(b))
		case n == 1 && len(b) >= 16:
			head, n = 16, binary.BigEndian.Uint64(b[8:])
		}
		if n < uint64(head) || n > uint64(len(b)) {
			return errBroken
		}
		if err := each(string(b[4:8]), b[:n], b[head:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// blank makes a box room that nobody uses.
func blank(box, said []byte) {
	copy(box[4:], "free")
	clear(said)
}
