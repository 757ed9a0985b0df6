package ui

// as is the page with the title of an answer. Error stays as it was: it speaks of
// answers to put right, and these pages have none.
func (p Page) as(title string) Page {
	p.Title, p.NoHeading = p.Words.T(title, nil), false
	return p
}

// aboutNobody takes from a page all that could tell whose address it was.
func (p Page) aboutNobody() Page {
	p.Whose, p.Subject, p.About, p.Back = Nobodys, nil, "", nil
	return p
}
