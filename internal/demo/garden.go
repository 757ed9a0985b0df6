package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// garden is the picture that Amina has in About me: her roses, drawn here, so that no
// file of anybody's has to be kept.
func garden() []byte {
	const wide, high, ground = 480, 300, 190
	ink := color.Palette{
		color.RGBA{0xbf, 0xe3, 0xf5, 255}, color.RGBA{0x7d, 0xb0, 0x5c, 255}, color.RGBA{0xf6, 0xc9, 0x45, 255}, // sky, grass, sun
		color.RGBA{0x2f, 0x6b, 0x3a, 255}, color.RGBA{0xb8, 0x24, 0x3f, 255}, color.RGBA{0xf2, 0x9a, 0xa8, 255}, // leaves, red, pink
		color.RGBA{0xd9, 0xc2, 0x9c, 255}, // the path
	}
	p := image.NewPaletted(image.Rect(0, 0, wide, high), ink)
	for y := ground; y < high; y++ {
		for x := range wide {
			p.SetColorIndex(x, y, 1)
			if d := x - 240 - (y-ground)/2; d*d < (y-ground+16)*(y-ground+16)/4 {
				p.SetColorIndex(x, y, 6)
			}
		}
	}
	disc := func(x, y, r int, ink uint8) {
		for dy := -r; dy <= r; dy++ {
			for dx := -r; dx <= r; dx++ {
				if dx*dx+dy*dy <= r*r && image.Pt(x+dx, y+dy).In(p.Rect) {
					p.SetColorIndex(x+dx, y+dy, ink)
				}
			}
		}
	}
	disc(410, 60, 32, 2)
	for i, bush := range []image.Point{{70, 185}, {150, 205}, {345, 195}, {430, 225}} {
		disc(bush.X, bush.Y, 48, 3)
		disc(bush.X-34, bush.Y+18, 34, 3)
		disc(bush.X+34, bush.Y+18, 34, 3)
		for j, rose := range []image.Point{{-30, 10}, {-8, -24}, {18, 2}, {38, 22}, {-4, 28}, {24, -28}} {
			disc(bush.X+rose.X, bush.Y+rose.Y, 9, uint8(4+(i+j)%2))
			disc(bush.X+rose.X, bush.Y+rose.Y, 3, uint8(5-(i+j)%2))
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, p) // to memory: it cannot fail
	return b.Bytes()
}
