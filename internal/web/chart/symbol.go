package chart

// symbols are simple pictures for beside a heading: lines in the colour of the text, in a
// square of 48.
var symbols = map[string]string{
	"heart":  "M24 42C10 31 4 24 5 16 6 6 19 4 24 14 29 4 42 6 43 16 44 24 38 31 24 42Z",
	"talk":   "M5 7H43V33H24L13 43V33H5ZM14 16H34M14 24H28",
	"please": "M4 26L11 34 22 16M28 16L44 34M44 16L28 34",
	"star":   "M24 4L30 18 45 19 33 29 37 44 24 36 11 44 15 29 3 19 18 18Z",
	"steps":  "M3 43H14V33H24V23H34V13H45",
	"flag":   "M13 45V5M13 7H41L34 16 41 25H13",
	"done":   "M17 6A7 7 0 0 1 17 20A7 7 0 0 1 17 6ZM4 43C4 31 9 26 17 26S30 31 30 43M30 22L35 28 45 14",
	"danger": "M24 5L45 42H3ZM24 18V29M24 35V36",
	"call":   "M14 5L20 15 15 20C17 26 22 31 28 33L33 28 43 34C42 40 39 43 34 43 18 43 5 30 5 14 5 9 8 6 14 5Z",
	"home":   "M4 23L24 5 44 23M9 19V43H39V19M20 43V29H28V43",
	"more":   "M24 4A20 20 0 0 1 24 44A20 20 0 0 1 24 4ZM24 22V34M24 14V15",
	"paper":  "M9 4H39V44H9ZM16 13H32M16 21H32M16 33L21 38 32 27",
}

// Symbol is a picture for beside a heading that says the same: by itself it says nothing
// to those who do not see it. Of a code that is none it is nothing.
func Symbol(code string) string {
	if symbols[code] == "" {
		return ""
	}
	return `<svg class="one-symbol" viewBox="0 0 48 48" aria-hidden="true" focusable="false"><path d="` + symbols[code] + `"/></svg>`
}
