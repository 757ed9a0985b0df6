// Package web is the pages: what a person meets who opens Onestory in a browser.
//
// It promises that every page about a person is had through the door, by somebody
// who is signed in, for a purpose that follows from the address alone; that what is
// not there and what one may not see are the same page; that nothing is written by
// opening a page; and that no page needs a script. There are two: one empties a page that
// no longer stands, the other makes and uses passkeys.
//
// A request comes down this list of files and goes back up:
//
//	web.go     the routes, all of them
//	serve.go   headers, limits, and the one place where an error becomes a page
//	ask.go     who asks, why and about whom
//	page.go    the frame
//	live.go    whether what an open page shows still stands
//	home.go, record.go, sharing.go, looked.go, people.go ...   what is on each page
//	fact.go, allergies.go, medicines.go, results.go ...        from FHIR to plain words
//
// It owns no tables.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/directory"
	"onestory/internal/mail"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/retold"
	"onestory/internal/signin"
	"onestory/internal/text"
	"onestory/internal/web/assets"
)

// Parts are what the pages are made with. Door and Accounts must be given; every
// other field has a usable zero.
type Parts struct {
	Door      *record.Door
	Accounts  *account.Accounts
	Ways      *signin.Ways         // nil: nobody signs in with a passkey
	Directory Directory            // nil: organisations and staff go by what entries call them
	Services  *directory.Directory // what people can turn to; nil: there are no such pages
	Retold    *retold.Counts       // how often what people told was used; nil: it is not counted
	Log       *slog.Logger

	HTTPS        bool     // whether browsers reach the pages over https
	Languages    []string // tags of the languages offered; nil: all there are
	Phone, Relay string   // whom to call for help; "" is not shown
	Environment  string   // a loud line on every page, such as "Training system"; "" in real use

	// Stop ends the watching of open pages, which otherwise end with the reader. Nil:
	// nothing else ends it.
	Stop <-chan struct{}

	// Proxies are our own, between readers and this server: what they write down of
	// where a request comes from is believed. None: nobody is.
	Proxies []netip.Prefix

	// Mailbox is what the demo would have sent, the newest first, all of it: what waits
	// is put there first. Nil: there is no such page.
	Mailbox func(ctx context.Context) ([]mail.Kept, error)

	// Demo lets anybody sign in as any of People.
	Demo   bool
	People func() []DemoPerson

	// Export writes everything of a person's that the actor may see, as a FHIR
	// Bundle. Nil: the page does not offer it.
	Export func(ctx context.Context, who consent.Actor, why consent.Purpose, whose person.ID, to io.Writer) error

	// Journal writes the person's journal with its proofs, for checking elsewhere.
	// Nil: the page does not offer it.
	Journal func(ctx context.Context, who consent.Actor, why consent.Purpose, whose person.ID, to io.Writer) error
}

// A Directory knows what organisations and staff are called.
type Directory interface {
	// Name is what the resource is called to which a reference leads, or "".
	Name(ctx context.Context, reference string) string
}

// A DemoPerson is one of the people one can be in a demonstration.
type DemoPerson struct {
	Who     string // the name in the address, such as amina
	Account string // the account; "" is Who
	Name    string // such as Amina Yusuf
	Is      string // a line on who they are
	Find    string // a line on what to look for as them
}

// A Site is the pages.
type Site struct {
	Parts
	languages []string
	watched   watched
	finds     *limiter

	askedFrom, answeredFrom *places // messages, and codes
	wrongFrom               *places // what is said to be wrong with a service
	codes                   *limiter
	weighing                chan struct{} // files being looked at: few at once, for they are large
}

// New returns the pages made with these parts.
func New(p Parts) *Site {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{Parts: p, languages: p.Languages, finds: newLimiter("looks for very many people", mostFinds, findsWithin, p.Log)}
	s.codes = newLimiter("tries many codes", mostCodes, codesWithin, p.Log)
	s.askedFrom, s.answeredFrom = newPlaces(mostAsked, placesWithin), newPlaces(mostAnswered, placesWithin)
	s.wrongFrom = newPlaces(mostWrongs, wrongsWithin)
	s.weighing = make(chan struct{}, mostWeighed)
	if s.languages == nil {
		s.languages = text.Languages()
	}
	return s
}

// Handler answers for every page.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, who gate, h handler) { mux.HandleFunc(pattern, s.serve(who, h)) }
	// What a page does by itself is no use of the session.
	still := func(pattern string, who gate, h handler) {
		mux.HandleFunc(pattern, s.served(s.Accounts.Still, who, h))
	}

	mux.Handle("GET "+assets.Prefix, assets.Handler())
	page("/", s.anybody, s.nowhere(mux))
	page("GET /{$}", s.anybody, s.start)
	page("GET /accessibility", s.anybody, s.accessibility)
	page("GET /privacy", s.anybody, s.privacy)
	page("GET /help", s.anybody, s.support)
	page("GET /sign-in", s.anybody, s.signIn)
	page("POST /stay", s.signed, s.stay)
	page("GET /kept", s.signed, s.kept)
	page("POST /kept/drop", s.signed, s.drop)
	still("GET /idle", s.signed, s.left)
	still("POST /kept", s.signed, s.keepOpen)
	still("GET /kept/fields", s.signed, s.keptFields)
	page("GET /post", s.signed, s.askPost)
	page("POST /post", s.signed, s.wear)
	page("GET /sign-in/link/{token}", s.anybody, s.signInLink)
	page("POST /sign-in/link/{token}", s.anybody, s.redeem)
	page("POST /sign-out", s.anybody, s.signOut)
	page("POST /sign-in/passkey/ask", s.anybody, s.askPasskey)
	page("POST /sign-in/passkey", s.anybody, s.usePasskey)
	page("POST /sign-in/code", s.anybody, s.useCode)
	page("GET /sign-in/email", s.byMail(s.anybody), s.askEmailed)
	page("POST /sign-in/email", s.byMail(s.anybody), s.sendEmailed)
	page("POST /sign-in/email/code", s.byMail(s.anybody), s.useEmailed)
	page("GET /recover", s.byMail(s.anybody), s.askBack)
	page("POST /recover", s.byMail(s.anybody), s.sendBack)
	page("GET /recover/sent", s.byMail(s.anybody), s.backSent)
	page("GET /recover/link/{token}", s.byMail(s.anybody), s.backLink)
	page("POST /recover/link/{token}", s.byMail(s.anybody), s.useBack)
	page("GET /recover/wait", s.byMail(s.anybody), s.waitBack)
	page("POST /recover/finish", s.byMail(s.anybody), s.finishBack)
	page("POST /recover/cancel", s.byMail(s.anybody), s.cancelBack)
	page("GET /recover/stop/{token}", s.byMail(s.anybody), s.askStopBack)
	page("POST /recover/stop/{token}", s.byMail(s.anybody), s.useStopBack)
	page("GET /recover/stopped", s.byMail(s.anybody), s.backStopped)
	page("GET /account/contacts/new", s.byMail(s.signed), s.askContact)
	page("POST /account/contacts/new", s.byMail(s.signed), s.sendContact)
	page("GET /account/contacts/check", s.byMail(s.signed), s.askContactCode)
	page("POST /account/contacts/check", s.byMail(s.signed), s.addContact)
	page("GET /account/contacts/{id}", s.byMail(s.signed), s.contact)
	page("POST /account/contacts/{id}", s.byMail(s.signed), s.setContact)
	page("GET /account/contacts/{id}/remove", s.byMail(s.signed), s.askRemoveContact)
	page("POST /account/contacts/{id}/remove", s.byMail(s.signed), s.removeContact)
	page("POST /account/recovery/stop", s.byMail(s.signed), s.stopOwnBack)
	page("POST /sign-in/with/{provider}", s.anybody, s.leaveFor)
	page("GET /sign-in/with/{provider}/back", s.anybody, s.back)
	page("GET /prove", s.signed, s.askProve)
	page("POST /prove", s.signed, s.prove)
	page("POST /prove/with/{provider}", s.signed, s.proveWith)
	page("POST /account/with/{provider}", s.signed, s.addProvider)
	page("POST /account/with/{provider}/remove", s.signed, s.removeProvider)
	page("GET /account", s.signed, s.account)
	page("POST /account/sheet", s.signed, s.makeSheet)
	page("POST /account/passkeys/offer", s.signed, s.offerPasskey)
	page("POST /account/passkeys", s.signed, s.keepPasskey)
	page("GET /account/passkeys/{id}/remove", s.signed, s.askRemovePasskey)
	page("POST /account/passkeys/{id}/remove", s.signed, s.removePasskey)
	page("POST /account/sessions/end", s.signed, s.endOthers)
	page("POST /account/sessions/{id}/end", s.signed, s.endOther)
	if s.Services != nil {
		page("GET /services", s.anybody, s.services)
		page("GET /services.json", s.anybody, s.servicesJSON)
		page("GET /services/{id}", s.anybody, s.service) // and {id}.json
		page("GET /services/{id}/wrong", s.anybody, s.askServiceWrong)
		page("POST /services/{id}/wrong", s.anybody, s.serviceWrong)
		page("GET /services/{id}/told", s.anybody, s.serviceTold)
	}
	if s.Retold != nil {
		page("GET /told", s.anybody, s.toldOnce)
	}
	if s.Demo {
		if s.Mailbox != nil {
			page("GET /demo/mail", s.anybody, s.mailbox)
		}
		page("GET /demo", s.anybody, s.cast)
		page("POST /demo/sign-in", s.anybody, s.signInAs)
	}

	shared := func(base string, who gate) {
		mux.HandleFunc("GET "+base+"/live", s.live(who))
		page("GET "+base+"/record", who, s.record)
		page("GET "+base+"/record/{section}", who, s.section)
		page("GET "+base+"/record/{kind}/{id}", who, s.fact)
		page("GET "+base+"/record/{kind}/{id}/file/{n}", who, s.file)
		page("GET "+base+"/work", who, s.workList)
		page("GET "+base+"/work/new", who, s.askWork)
		page("POST "+base+"/work/new", who, s.putWork)
		page("GET "+base+"/work/{id}", who, s.work)
		page("POST "+base+"/work/{id}/{move}", who, s.moveWork)
		page("GET "+base+"/about", who, s.aboutMe)
		page("GET "+base+"/about/add/{part}", who, s.askShow)
		page("POST "+base+"/about/add/{part}", who, s.putShown)
		page("GET "+base+"/about/shown/{id}", who, s.shown)
		page("GET "+base+"/about/shown/{id}/remove", who, s.askUnshow)
		page("POST "+base+"/about/shown/{id}/remove", who, s.unshow)
		page("GET "+base+"/circle", who, s.around)
		page("GET "+base+"/circle/first", who, s.askFirst)
		page("POST "+base+"/circle/first", who, s.setFirst)
		page("GET "+base+"/plan", who, s.plan)
		page("GET "+base+"/plan/worse", who, s.worse)
		page("GET "+base+"/plan/print", who, s.printPlan)
		page("POST "+base+"/plan/version", who, s.layVersion)
		page("GET "+base+"/plan/versions", who, s.versions)
		page("GET "+base+"/plan/answer", who, s.askReply)
		page("POST "+base+"/plan/answer", who, s.reply)
		page("GET "+base+"/plan/goal/{id}/how", who, s.how)
		page("POST "+base+"/plan/goal/{id}/how", who, s.checkIn)
		page("GET "+base+"/plan/goal/{id}/how/{check}/remove", who, s.askTakeBack)
		page("POST "+base+"/plan/goal/{id}/how/{check}/remove", who, s.takeBack)
		for _, piece := range []string{"/plan/{part}", "/plan/{part}/{id}"} {
			page("GET "+base+piece+"/write", who, s.askPiece)
			page("POST "+base+piece+"/write", who, s.writePiece)
			page("GET "+base+piece+"/remove", who, s.askUnpiece)
			page("POST "+base+piece+"/remove", who, s.unpiece)
		}
	}
	page("GET /me", s.own, s.home)
	page("GET /me/record/results.csv", s.own, s.table)
	page("GET /me/copy", s.recently(s.own), s.wholeCopy)
	page("GET /me/print", s.own, s.print)
	page("GET /for/{person}/print", s.acting, s.print)
	shared("/me", s.own)
	page("GET /me/sharing", s.own, s.sharing)
	page("GET /me/sharing/new", s.own, s.askSharing)
	page("POST /me/sharing/check", s.own, s.checkSharing)
	page("POST /me/sharing/new", s.own, s.addSharing)
	page("GET /me/lending/new", s.own, s.askLend)
	page("POST /me/lending/check", s.own, s.checkLend)
	page("POST /me/lending/new", s.own, s.lend)
	page("POST /me/lending/{id}/code", s.own, s.newCode)
	page("GET /me/sharing/as", s.own, s.askAs)
	page("POST /me/sharing/as", s.own, s.seeAs)
	page("GET /me/circle/{id}/as", s.own, s.memberAs)
	page("GET /me/sharing/choices", s.own, s.choices)
	page("GET /me/choices/{choice}", s.own, s.askChoice)
	page("POST /me/choices/{choice}", s.own, s.choose)
	page("GET /me/sharing/{id}/less", s.own, s.askLess)
	page("POST /me/sharing/{id}/less", s.own, s.less)
	page("GET /me/sharing/{id}/end", s.own, s.askEnd)
	page("POST /me/sharing/{id}/end", s.own, s.endSharing)
	page("GET /me/circle/{id}/stop", s.own, s.askStop)
	page("POST /me/circle/{id}/stop", s.own, s.stop)
	page("POST /me/circle/{id}/resume", s.own, s.resume)
	page("GET /me/circle/asks", s.own, s.asks)
	page("POST /me/circle/asks/{id}/accept", s.own, s.accept)
	page("POST /me/circle/asks/{id}/decline", s.own, s.decline)
	page("GET /me/access", s.own, s.whoLooked)
	page("GET /me/access/narrow", s.own, s.askNarrow)
	page("POST /me/access/narrow", s.own, s.narrow)
	page("GET /me/access/line/{line}", s.own, s.oneLook)
	page("GET /me/access/journal", s.recently(s.own), s.journal)
	page("GET /me/download", s.recently(s.own), s.download)
	page("GET /me/caring", s.own, s.ownCaring)
	page("GET /me/caring/{part}", s.own, s.askCare)
	page("POST /me/caring/{part}", s.own, s.writeCare)
	page("GET /me/caring/{part}/remove", s.own, s.askUncare)
	page("POST /me/caring/{part}/remove", s.own, s.uncare)
	page("GET /me/caring/{part}/print", s.own, s.printCare)
	page("GET /me/helped", s.own, s.helped)
	page("POST /me/helped", s.own, s.finish)

	mux.HandleFunc("/with/{person}", s.with(mux))
	mux.HandleFunc("/with/{person}/{rest...}", s.with(mux))
	page("GET /carer", s.lay, s.carer)
	page("GET /carer/code", s.lay, s.askCode)
	page("POST /carer/code", s.lay, s.takeUp)
	page("GET /for/{person}", s.acting, s.home)
	page("GET /for/{person}/tell", s.acting, s.askTell)
	page("POST /for/{person}/tell", s.acting, s.tell)
	page("GET /for/{person}/told", s.acting, s.toldAlready)
	shared("/for/{person}", s.acting)

	page("GET /organisation", s.administrator, s.office)
	page("GET /organisation/people.csv", s.surely, s.staffTable)
	page("GET /organisation/people/new", s.administrator, s.askStaff)
	page("POST /organisation/people/new", s.surely, s.setStaff)
	page("GET /organisation/people/table", s.administrator, s.askBulk)
	page("POST /organisation/people/table", s.surely, s.checkBulk)
	page("POST /organisation/people/table/do", s.surely, s.doBulk)
	page("GET /organisation/people/{account}", s.administrator, s.askStaff)
	page("POST /organisation/people/{account}", s.surely, s.setStaff)
	page("GET /organisation/teams/new", s.administrator, s.askTeam)
	page("POST /organisation/teams/new", s.surely, s.setTeam)
	page("GET /organisation/teams/{team}", s.administrator, s.askTeam)
	page("POST /organisation/teams/{team}", s.surely, s.setTeam)
	page("POST /organisation/teams/{team}/end", s.surely, s.endTeam)
	page("GET /organisation/prompts", s.administrator, s.prompts)
	page("GET /organisation/prompts/new", s.administrator, s.askPrompt)
	page("POST /organisation/prompts/new", s.surely, s.setPrompt)
	page("GET /organisation/prompts/{prompt}", s.administrator, s.askPrompt)
	page("POST /organisation/prompts/{prompt}", s.surely, s.setPrompt)
	page("POST /organisation/prompts/{prompt}/end", s.surely, s.endPrompt)
	page("GET /organisation/waiting", s.administrator, s.waiting)
	page("POST /organisation/waiting", s.surely, s.second)
	page("POST /organisation/waiting/{id}/confirm", s.surely, s.confirmSecond)
	page("POST /organisation/waiting/{id}/withdraw", s.surely, s.withdrawSecond)
	page("GET /organisation/log", s.administrator, s.officeLog)
	page("GET /organisation/log.csv", s.surely, s.logTable)
	page("POST /organisation/log/{batch}/undo", s.surely, s.undoBulk)

	if s.Services != nil {
		page("GET /organisation/services", s.administrator, s.officeServices)
		page("GET /organisation/services/new", s.administrator, s.newOfficeService)
		page("POST /organisation/services/new", s.surely, s.addOfficeService)
		page("GET /organisation/services/{id}", s.administrator, s.askOfficeService)
		page("POST /organisation/services/{id}", s.surely, s.setOfficeService)
		page("POST /organisation/services/{id}/check", s.surely, s.checkOfficeService)
		page("POST /organisation/services/{id}/undo", s.surely, s.undoOfficeService)
		page("POST /organisation/services/{id}/confirm", s.surely, s.confirmOfficeService)
		page("POST /organisation/services/{id}/withdraw", s.surely, s.withdrawOfficeService)
		page("POST /organisation/services/{id}/answer", s.surely, s.answerReport)
	}

	page("GET /work", s.staff, s.myWork)
	page("GET /work/away", s.staff, s.askAway)
	page("POST /work/away", s.staff, s.away)
	page("POST /work/away/back", s.staff, s.awayBack)
	page("GET /people", s.staff, s.people)
	page("POST /people", s.staff, s.filterPeople)
	page("GET /people/find", s.finder, s.askFind)
	page("POST /people/find", s.finder, s.find)
	page("POST /people/find/ask", s.finder, s.askJoin)
	page("POST /people/find/join", s.finder, s.join)
	page("POST /people/find/withdraw", s.finder, s.withdraw)
	page("POST /people/find/help", s.helper, s.askHelpFound)
	page("POST /people/find/helping", s.helper, s.helpFound)
	page("GET /people/{person}/help", s.helperCare, s.askHelp)
	page("POST /people/{person}/help", s.helperCare, s.help)
	for _, what := range []string{"asked", "joined", "withdrawn"} {
		page("GET /people/find/"+what, s.finder, s.joinDone(what))
	}
	page("GET /people/{person}", s.care, s.summary)
	page("GET /people/{person}/timeline", s.care, s.timeline)
	page("GET /people/{person}/caring", s.care, s.askCares)
	page("POST /people/{person}/caring", s.care, s.writeCares)
	page("GET /people/{person}/acting", s.careful(s.appointer), s.askAppoint)
	page("POST /people/{person}/acting", s.careful(s.appointer), s.appoint)
	page("GET /people/{person}/leave", s.care, s.askLeave)
	page("POST /people/{person}/leave", s.care, s.leave)
	shared("/people/{person}", s.care)
	page("GET /staff", s.signed, s.staffHome)

	return s.guard(mux)
}
