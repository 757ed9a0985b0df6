package demo

import (
	"fmt"
	"math/rand/v2"
)

// A borough is one of the eight, with where its people live and who serves them.
type borough struct {
	name     string
	town     []string // a town and its outward postcode, by turns
	practice int      // places in organisations
	hospital int
	council  int
}

// ealing is where most of the cast lives, as a place in boroughs.
const ealing = 1

// boroughs are in the order of the alphabet. Outward codes are real; what follows is
// a unit that is not.
var boroughs = []borough{
	{"Brent", []string{"Wembley", "HA9", "Kilburn", "NW6", "Harlesden", "NW10", "Willesden", "NW2"}, 0, 8, 11},
	{"Ealing", []string{"Acton", "W3", "Acton", "W3", "Ealing", "W5", "West Ealing", "W13", "Southall", "UB1", "Northolt", "UB5"}, 1, 8, 12},
	{"Hammersmith and Fulham", []string{"Shepherd's Bush", "W12", "Hammersmith", "W6", "Fulham", "SW6"}, 2, 9, 13},
	{"Harrow", []string{"Harrow", "HA1", "South Harrow", "HA2", "Stanmore", "HA7"}, 3, 8, 14},
	{"Hillingdon", []string{"Uxbridge", "UB8", "Hayes", "UB4", "Ruislip", "HA4"}, 4, 8, 15},
	{"Hounslow", []string{"Hounslow", "TW3", "Chiswick", "W4", "Feltham", "TW13"}, 5, 9, 16},
	{"Kensington and Chelsea", []string{"North Kensington", "W10", "Notting Hill", "W11", "Chelsea", "SW10"}, 6, 9, 17},
	{"Westminster", []string{"Maida Vale", "W9", "Paddington", "W2", "Pimlico", "SW1V"}, 7, 9, 18},
}

// An address is where a household lives.
type address struct {
	borough  int
	line     string
	town     string
	postcode string
	landline string
}

var streets = []string{
	"Larkmead", "Tolsworth", "Quillet", "Brackenham", "Oxley", "Fernhithe", "Pennywell", "Dunsley",
	"Marlow Heath", "Copperfield", "Sedgeholm", "Ashdene", "Wrensfield", "Hobhouse", "Tiptree", "Vellacott",
	"Mulberry", "Garrowby", "Lyndhurst", "Peverell",
}

var ways = []string{"Road", "Road", "Avenue", "Gardens", "Close", "Street", "Terrace", "Way"}

func anAddress(r *rand.Rand, b int) address {
	at := 2 * r.IntN(len(boroughs[b].town)/2)
	line := fmt.Sprintf("%d %s %s", 1+r.IntN(140), pick(r, streets), pick(r, ways))
	if r.IntN(3) == 0 {
		line = fmt.Sprintf("Flat %d, %s", 1+r.IntN(24), line)
	}
	const letters = "ABDEFGHJLNPQRSTUWXYZ"
	return address{
		borough: b, line: line, town: boroughs[b].town[at],
		postcode: fmt.Sprintf("%s 9Z%c", boroughs[b].town[at+1], letters[r.IntN(len(letters))]),
		landline: fmt.Sprintf("020 7946 0%03d", r.IntN(1000)),
	}
}

// aMobile is one of the numbers that are kept for fiction.
func aMobile(r *rand.Rand) string { return fmt.Sprintf("07700 900%03d", r.IntN(1000)) }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
