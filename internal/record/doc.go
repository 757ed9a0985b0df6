// Package record keeps what is known about each person, and is the one door to it.
//
// Nothing about a person is read or written without a [View], and a View is had
// only by saying who asks, about whom and why: see [Door.With]. What the person
// has said becomes a [Lens] before any entry can be reached. What is withheld
// cannot be told from what never was. No content leaves before the journal line
// that says so is on disk.
//
// A person's record is a log of changes, and everything shown is a fold of it.
// Opening reads the snapshot (header and blocks) and the few changes after it,
// or finds the person in the cache when the log has not grown since. Work runs
// on the opened person in memory; what it did becomes one change, all or
// nothing, and one line in the journal.
//
// The natural path of a request goes down this list of files and comes back:
//
//	door.go      With: open, judge, run the work, keep what it did
//	open.go      from the database or the cache to a whole person
//	lens.go      what one actor may see of one person now
//	view.go      the questions and deeds that work has
//	keep.go      one change or one look, on disk
//	together.go  the same for a list of people, under one commit
//
// Beneath it:
//
//	put.go, show.go         what a view writes; what it hides within an entry
//	change.go, codec.go     how a change is written down, and what its hash covers
//	whole.go                from changes to a person: entries, rules, circle, links
//	labels.go, codes.go     what each entry is about, by the codes in it
//	kind.go, owners.go      the rules of each type of entry, and whose it is
//	snapshot.go, blob.go    the packed person, rebuilt in the background; long strings, apart
//	cache.go                whole persons in memory
//
// The journal:
//
//	look.go, journal.go     who has looked; what the sequencer numbers
//	lines.go                one's journal, piece by piece
//	verify.go               whether it is what it was
//	stats.go                counts, about nobody
//	download.go, offline.go one person's, for themselves; checked without a database
//	ledger.go, replay.go    what must outlive the restore of a backup; said again after one
//	erase.go                words that go, while their places stay
//
// Beside the lens, each of them a line in the journal or without content:
//
//	trace.go, ask.go        finding people outside one's circles; asking to come in
//	work.go                 who is in the circle for a piece of work, while it lasts
//	as.go                   the person's record as somebody else would see it
//	live.go                 whether an open page would still show what it shows
//	receive.go, origin.go   records from elsewhere, and how they were written there
//	people.go               who a newcomer is
//	link.go, everyone.go    two records of one person; lists of persons
//	export.go               a person as a whole, for whoever runs the server
//
// This package owns the tables:
//
//	change       (person, seq, at, actor, purpose, parts, prev, hash)   what was done, in order; the truth
//	unsequenced  (person, seq)                                          changes the journal has no number for yet
//	header       (person, seq, codes, head)                             snapshot: which entries there are
//	block        (person, n, bytes)                                     snapshot: their content, packed
//	look         (person, writer, n, at, actor, behalf, purpose, what, because, judged, seen, seed, prev, hash)
//	stream       (writer, started, sequenced)                           each server's looks, and how far they are numbered
//	blob         (person, sha256, n, bytes)                             attachments, in pieces
//	claim        (kind, hmac, person)                                   what can be only one person's
//	term         (hmac, person)                                         what may lead to a person when matching
//	held         (party, person, id, role, until)                       whose circles a party is in
//	invitation   (hmac, person, member, until)                          places that wait for who has the code
//	candidate    (person, other, score, why, at, answer)                two records that may be one person's
//	replayed     (person, hash)                                         what a restore made again from the ledger
package record
