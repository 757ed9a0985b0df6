package directory

import (
	"context"
	"slices"
)

// BoroughOf is the borough that an organisation works in: the one that all services serve
// that it offers. It is "" for an organisation that serves several, or offers none.
func (d *Directory) BoroughOf(ctx context.Context, organisation string) (string, error) {
	all, err := d.ServicesOf(ctx, organisation)
	if err != nil {
		return "", err
	}
	var in []string
	for _, s := range all {
		if !s.There() {
			continue
		}
		serves := slices.Clone(s.Boroughs)
		if len(serves) == 0 { // those of its places, as in a search
			for _, at := range s.Places {
				p, _, _ := Near(at.Postcode)
				serves = append(serves, p.Borough)
			}
		}
		if len(serves) == 0 {
			return "", nil // it serves all of them
		}
		in = append(in, serves...)
	}
	slices.Sort(in)
	if in = slices.Compact(in); len(in) != 1 {
		return "", nil
	}
	return in[0], nil
}
