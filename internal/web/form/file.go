package form

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
)

const (
	mostParts   = 200      // of a form with a file
	mostDropped = 64 << 20 // bytes of a file that is too large: read past, so that its sender hears why
)

// file is the field that asks for one, or nil.
func (f *Form) file() *Field {
	for i := range f.Fields {
		if f.Fields[i].As == File {
			return &f.Fields[i]
		}
	}
	return nil
}

// multi reads a form that came with a file, part by part: of what is too large no more is
// held than may be. Words come before the file, and are kept when it is not.
func (f *Form) multi(r *http.Request, in *multipart.Reader, most int64) (url.Values, error) {
	values, file, whole := url.Values{}, f.file(), unreadable()
	file.Data, file.large = nil, false
	for range mostParts {
		part, err := in.NextPart()
		if err == io.EOF {
			return values, nil
		}
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			file.large = true
			return values, nil
		}
		if err != nil {
			break
		}
		if part.FormName() != file.Name {
			b, err := io.ReadAll(io.LimitReader(part, most+1))
			if most -= int64(len(b)); most < 0 {
				whole.add("", "form.too-big", "What you sent is too long for us to take. Shorten it, or call us.", nil)
				return nil, whole
			}
			if err != nil {
				break
			}
			values.Add(part.FormName(), string(b))
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, int64(file.Max)+1))
		switch {
		case len(b) > file.Max:
			file.large = true
			if r.ContentLength < 0 || r.ContentLength > mostDropped {
				return values, nil
			}
			_, err = io.Copy(io.Discard, part)
		case err == nil:
			file.Data = b
		}
		if errors.As(err, &long) {
			return values, nil
		}
		if err != nil {
			return nil, err // the connection broke: there is nobody to answer
		}
	}
	whole.add("", "form.unreadable", "We could not read what you sent. Go back and send it again.", nil)
	return nil, whole
}
