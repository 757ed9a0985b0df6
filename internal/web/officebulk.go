package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// officebulk.go is many changes at once, as a table that a spreadsheet opens, and what
// was done.

// The columns of the table. An empty account is somebody who joins; of the state "out" is
// suspended, and anything else works here.
var columns = []string{"account", "name", "role", "team", "state"}

const (
	mostTable = 256 << 10 // bytes: three times that, as forms write it, is below what a request may have
	mostLog   = 500       // acts on the page; the file has all
)

// calm keeps a spreadsheet from taking a cell for a formula.
func calm(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func sendTable(w http.ResponseWriter, name string, rows [][]string) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	for _, row := range rows {
		for i := range row {
			row[i] = calm(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	if out.Flush(); out.Error() != nil {
		return out.Error()
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Content-Security-Policy", policy)
	_, _ = b.WriteTo(w) // an error here is a browser that has gone
	return nil
}

// staffTable is GET /organisation/people.csv.
func (s *Site) staffTable(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, teams, err := s.worksHere(r, a)
	if err != nil {
		return err
	}
	rows := [][]string{columns}
	for _, x := range all {
		if !slices.Contains(account.Given(), x.Role) {
			continue // two of them, or the operator, decide about those
		}
		state := "works"
		if x.Suspended {
			state = "out"
		}
		rows = append(rows, []string{x.ID, x.Name, x.Role, teams[x.Team], state})
	}
	rows[0] = append([]string(nil), columns...)
	return sendTable(w, "people.csv", rows)
}

type bulkPage struct {
	ui.Page
	Table   string // as it was pasted or sent
	Problem string
	Plan    ui.Table
	Lines   []int // where each line of it begins
	Bad     int
	Does    int
}

// askBulk is GET /organisation/people/table.
func (s *Site) askBulk(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, bulkView(s.bulkFrame(r, a), a))
}

func (s *Site) bulkFrame(r *http.Request, a *ask) bulkPage {
	p := bulkPage{Page: s.page(r, a, a.say("office.bulk"))}
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	return p
}

// checkBulk is POST /organisation/people/table: what would be done, line by line, before
// anything is.
func (s *Site) checkBulk(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := s.bulkFrame(r, a)
	changes, err := s.readTable(r, a, &p)
	if kind, _ := fault.Of(err); kind == fault.Invalid {
		p.Problem = sentence(err)
		return show(w, r, http.StatusUnprocessableEntity, bulkView(p, a))
	}
	if err != nil {
		return err
	}
	plan, err := s.Accounts.Plan(r.Context(), a.who, changes)
	if kind, _ := fault.Of(err); kind == fault.Invalid {
		p.Problem = sentence(err)
		return show(w, r, http.StatusUnprocessableEntity, bulkView(p, a))
	}
	if err != nil {
		return err
	}
	p.Plan = ui.Table{ID: "plan", Caption: a.say("office.plan"), Head: []ui.Column{{Text: a.say("office.line")}, {Text: a.say("office.name")}, {Text: a.say("office.does")}}}
	for i, x := range plan {
		says := a.say("office.did." + x.Did)
		switch {
		case x.Problem != "":
			p.Bad++
			says = x.Problem
		case x.Did == "nothing":
			continue
		default:
			p.Does++
		}
		p.Plan.Rows = append(p.Plan.Rows, []templ.Component{ui.Text(strconv.Itoa(p.Lines[i])), ui.Said(x.Name), ui.Text(says)})
	}
	return show(w, r, http.StatusOK, bulkView(p, a))
}

// doBulk is POST /organisation/people/table/do: all of it, or none.
func (s *Site) doBulk(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := s.bulkFrame(r, a)
	changes, err := s.readTable(r, a, &p)
	if err == nil {
		_, err = s.Accounts.Administer(r.Context(), a.who, changes)
	}
	if kind, _ := fault.Of(err); kind == fault.Invalid { // something changed since it was checked
		p.Problem = sentence(err)
		return show(w, r, http.StatusUnprocessableEntity, bulkView(p, a))
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/log"))
}

// readTable reads the table that was pasted, or the file that was sent.
func (s *Site) readTable(r *http.Request, a *ask, p *bulkPage) (all []account.Change, err error) {
	tooLong := fault.New(fault.Invalid, "This is longer than 256 kB. Split it into parts.")
	if err := r.ParseMultipartForm(mostTable * 2); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, tooLong
	}
	p.Table = r.PostFormValue("table")
	if r.MultipartForm != nil {
		if f, _, err := r.FormFile("file"); err == nil {
			b, err := io.ReadAll(io.LimitReader(f, mostTable+1))
			if err = errors.Join(err, f.Close()); err != nil {
				return nil, err
			}
			if len(b) > 0 {
				p.Table = string(b)
			}
		}
	}
	if len(p.Table) > mostTable {
		p.Table = ""
		return nil, tooLong
	}
	if !utf8.ValidString(p.Table) || strings.ContainsRune(p.Table, 0) {
		p.Table = ""
		return nil, fault.New(fault.Invalid, "This is no text that we can read. Save the table as CSV, UTF-8.")
	}
	_, teams, err := s.worksHere(r, a)
	if err != nil {
		return nil, err
	}
	all, p.Lines, err = changesIn(p.Table, teams)
	return all, err
}

// changesIn reads the table. Teams go by their names, as people know them.
func changesIn(table string, teams map[string]string) (all []account.Change, lines []int, err error) {
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff")))
	in.FieldsPerRecord, in.TrimLeadingSpace = len(columns), true
	var rows [][]string
	lines = nil // where each begins
	for {
		row, e := in.Read()
		if e != nil {
			if err = e; e == io.EOF {
				err = nil
			}
			break
		}
		line, _ := in.FieldPos(0)
		rows, lines = append(rows, row), append(lines, line)
	}
	if wrong, is := errors.AsType[*csv.ParseError](err); is {
		return nil, nil, fault.New(fault.Invalid, "Line "+strconv.Itoa(wrong.Line)+" does not have the columns account, name, role, team and state, or has a quotation mark too many.")
	}
	if err != nil {
		return nil, nil, err
	}
	if len(rows) < 2 || !strings.EqualFold(strings.Join(rows[0], ","), strings.Join(columns, ",")) {
		return nil, nil, fault.New(fault.Invalid, "The first line must be: account,name,role,team,state. Each line below it is one person.")
	}
	ids := map[string]string{}
	for id, name := range teams {
		if other, twice := ids[strings.ToLower(name)]; !twice || id < other { // two of one name: always the same
			ids[strings.ToLower(name)] = id
		}
	}
	for i, row := range rows[1:] {
		for i, cell := range row {
			if rest, calmed := strings.CutPrefix(cell, "'"); calmed && calm(rest) != rest {
				cell = rest
			}
			row[i] = tidy(cell)
		}
		if state := strings.ToLower(row[4]); state != "" && state != "works" && state != "out" {
			return nil, nil, fault.New(fault.Invalid, "Line "+strconv.Itoa(lines[i+1])+": write works or out under state.")
		}
		team, known := ids[strings.ToLower(row[3])]
		if !known && row[3] != "" {
			team = "\x00" // no team has such a name: the plan says so of this line
		}
		all = append(all, account.Change{Account: row[0], Name: row[1], Role: row[2], Team: team, Suspended: strings.EqualFold(row[4], "out")})
	}
	return all, lines[1:], nil
}

type logPage struct {
	ui.Page
	Acts []actRow
	Left string
}

type actRow struct {
	account.Act
	When, Says, Undo string // Undo is where its batch is undone; "" when it is not the first of it
}

// officeLog is GET /organisation/log: what administrators did.
func (s *Site) officeLog(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.showLog(w, r, a, nil)
}

func (s *Site) showLog(w http.ResponseWriter, r *http.Request, a *ask, left []string) error {
	all, err := s.Accounts.Acts(r.Context(), a.who.Organisation.ID, mostLog)
	if err != nil {
		return err
	}
	p := logPage{Page: s.page(r, a, a.say("office.log"))}
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	if len(left) > 0 {
		p.Left = a.say("office.left", "Names", strings.Join(left, ", "))
	}
	for i, x := range all {
		row := actRow{Act: x, When: a.DateTime(x.At), Says: a.say("office.acted."+x.Did, "By", alone(x.By), "Name", alone(x.Name))}
		if x.Undoable && (i == 0 || all[i-1].Batch != x.Batch) {
			row.Undo = a.to("/organisation/log/" + strconv.FormatInt(x.Batch, 36) + "/undo")
		}
		p.Acts = append(p.Acts, row)
	}
	return show(w, r, http.StatusOK, logView(p, a))
}

// logTable is GET /organisation/log.csv.
func (s *Site) logTable(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Accounts.Acts(r.Context(), a.who.Organisation.ID, 100_000)
	if err != nil {
		return err
	}
	rows := [][]string{{"when", "by", "did", "account", "name", "role", "team", "suspended", "role before", "team before"}}
	for _, x := range all {
		rows = append(rows, []string{x.At.FHIR(), x.By, x.Did, x.Account, x.After.Name, x.After.Role, x.After.Team, strconv.FormatBool(x.After.Suspended), x.Before.Role, x.Before.Team})
	}
	return sendTable(w, "log.csv", rows)
}

// undoBulk is POST /organisation/log/{batch}/undo.
func (s *Site) undoBulk(w http.ResponseWriter, r *http.Request, a *ask) error {
	batch, err := strconv.ParseInt(r.PathValue("batch"), 36, 64)
	if err != nil {
		return fault.NotFound
	}
	left, err := s.Accounts.Undo(r.Context(), a.who, batch)
	if err != nil {
		return err
	}
	return s.showLog(w, r, a, left)
}
