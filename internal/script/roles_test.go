package script

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/db/dbtest"
	"onestory/internal/person"
	"onestory/internal/record"
)

// TestTheServersRoleOnPostgreSQLCannotChangeALine runs the house as the role that
// deploy/postgres-roles.sql makes: everything works, and the journal cannot be changed.
func TestTheServersRoleOnPostgreSQLCannotChangeALine(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	where := dbtest.Postgres(t)
	data := t.TempDir()
	owner, err := app.Open(ctx, app.Config{Data: data, Database: where})
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(); err != nil {
		t.Fatal(err)
	}
	roles, err := os.ReadFile("../../deploy/postgres-roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, where)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for range 2 { // after each migration it is run again
		if _, err := conn.Exec(ctx, string(roles)); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("onestory_server")
	house, err := app.Open(ctx, app.Config{Data: data, Database: u.String()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := house.Populate(ctx, people, nil); err != nil {
		t.Fatal(err)
	}
	amina, err := house.Accounts.As(ctx, "amina")
	if err != nil {
		t.Fatal(err)
	}
	err = house.Door.With(ctx, amina, consent.Own, person.ID(amina.Person), func(v record.View) error {
		return v.Share(consent.Rule{ID: "r", Labels: consent.General, To: consent.Party{Level: consent.Team, ID: "t"}})
	})
	if err != nil {
		t.Error("the server cannot work as its role: ", err)
	}
	server, err := pgx.Connect(ctx, u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close(ctx)
	for _, sql := range []string{
		`UPDATE look SET because = ''`, `DELETE FROM look`, `TRUNCATE look`, `UPDATE change SET at = 0`, `UPDATE change SET hash = prev`, `DELETE FROM change`,
		`UPDATE leaf SET j = 0`, `DELETE FROM leaf`, `DELETE FROM node`, `DELETE FROM checkpoint`, `DROP TABLE look`, `ALTER TABLE look DISABLE TRIGGER ALL`, `CREATE TABLE other (n BIGINT)`,
	} {
		_, err := server.Exec(ctx, sql)
		if err == nil || !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "must be owner") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
