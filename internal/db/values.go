package db

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"

	"onestory/internal/clock"
)

// values makes arguments the few types that both databases know: string,
// []byte, int64, bool, float64, nil.
func values(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, fmt.Errorf("db: argument $%d: %w", i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

func value(a any) (any, error) {
	switch v := a.(type) {
	case nil, int64, bool:
		return v, nil
	case float64:
		// SQLite would keep a NaN as NULL.
		if math.IsNaN(v) {
			return nil, errors.New("not a number")
		}
		return v, nil
	case string:
		return text(v)
	case []byte:
		if v == nil {
			return []byte{}, nil // our columns are NOT NULL: no bytes are no bytes
		}
		return v, nil
	case int:
		return int64(v), nil
	case clock.Time:
		return int64(v), nil
	case driver.Valuer:
		d, err := v.Value()
		if err != nil {
			return nil, err
		}
		if _, again := d.(driver.Valuer); again {
			return nil, fmt.Errorf("%T is of no use", d)
		}
		return value(d)
	}
	r := reflect.ValueOf(a)
	switch r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u := r.Uint(); u <= math.MaxInt64 {
			return int64(u), nil
		}
		return nil, errors.New("too large for a BIGINT")
	case reflect.Bool:
		return r.Bool(), nil
	case reflect.Float32, reflect.Float64:
		return value(r.Float())
	case reflect.String:
		return text(r.String())
	case reflect.Slice:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			return value(r.Bytes())
		}
	case reflect.Array:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, r.Len())
			reflect.Copy(reflect.ValueOf(b), r)
			return b, nil
		}
	}
	return nil, fmt.Errorf("cannot keep a %T", a)
}

// text refuses on both databases what PostgreSQL cannot keep.
func text(s string) (any, error) {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return nil, errors.New("a text must be UTF-8 without a zero character")
	}
	return s, nil
}

// assign puts what SQLite answered (int64, float64, string, []byte, nil) into dest.
func assign(dest, src any) error {
	switch d := dest.(type) {
	case *int64:
		if s, ok := src.(int64); ok {
			*d = s
			return nil
		}
	case *clock.Time:
		if s, ok := src.(int64); ok {
			*d = clock.Time(s)
			return nil
		}
	case *int:
		if s, ok := src.(int64); ok {
			*d = int(s)
			return nil
		}
	case *string:
		if s, ok := src.(string); ok {
			*d = s
			return nil
		}
	case *[]byte:
		if s, ok := src.([]byte); ok {
			if s == nil {
				s = []byte{}
			}
			*d = s
			return nil
		}
	case *bool:
		if s, ok := src.(int64); ok {
			*d = s != 0
			return nil
		}
	case *float64:
		switch s := src.(type) {
		case float64:
			*d = s
			return nil
		case int64:
			*d = float64(s)
			return nil
		}
	}
	return assignKind(dest, src)
}

func assignKind(dest, src any) error {
	r := reflect.ValueOf(dest)
	if r.Kind() != reflect.Pointer || r.IsNil() {
		return fmt.Errorf("db: Scan into %T, which is no pointer", dest)
	}
	r = r.Elem()
	switch s := src.(type) {
	case nil:
		return errors.New("db: Scan of a NULL")
	case int64:
		switch {
		case r.CanInt() && !r.OverflowInt(s):
			r.SetInt(s)
			return nil
		case r.CanUint() && s >= 0 && !r.OverflowUint(uint64(s)):
			r.SetUint(uint64(s))
			return nil
		case r.Kind() == reflect.Bool:
			r.SetBool(s != 0)
			return nil
		case r.CanFloat():
			r.SetFloat(float64(s))
			return nil
		}
	case float64:
		if r.CanFloat() {
			r.SetFloat(s)
			return nil
		}
	case string:
		if r.Kind() == reflect.String {
			r.SetString(s)
			return nil
		}
	case []byte:
		return assignBytes(r, s)
	}
	return fmt.Errorf("db: Scan of a %T into %T", src, dest)
}

// assignBytes fills a slice or an array of exactly that many bytes.
func assignBytes(r reflect.Value, s []byte) error {
	switch {
	case r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8:
		r.SetBytes(append([]byte{}, s...))
		return nil
	case r.Kind() == reflect.Array && r.Type().Elem().Kind() == reflect.Uint8 && r.Len() == len(s):
		reflect.Copy(r, reflect.ValueOf(s))
		return nil
	}
	return fmt.Errorf("db: Scan of %d bytes into %s", len(s), r.Type())
}
