package demo

import "time"

// maternity is what the hospital's maternity service writes of a pregnancy.
func (s *sheaf) maternity(ill *illness) {
	week := func(n int) time.Time { return ill.since.AddDate(0, 0, 7*(n-5)) } // found at about five weeks
	midwife := s.p.hospital().midwife
	for _, v := range []struct {
		week      int
		kind, why string
	}{
		{9, "Booking appointment, midwife", "First visit: history, blood tests, what matters to her"},
		{12, "Dating scan", "Ultrasound at about 12 weeks"},
		{16, "Midwife appointment", "16 weeks: results of the first tests"},
		{20, "Anomaly scan", "Ultrasound at about 20 weeks"},
		{25, "Midwife appointment", "25 weeks"},
		{28, "Midwife appointment", "28 weeks: blood tests"},
		{34, "Midwife appointment", "34 weeks: talking about the birth"},
	} {
		day := week(v.week)
		if !day.Before(s.last.AddDate(0, 0, -2)) {
			days := int(day.Sub(s.today).Hours() / 24)
			s.booked(max(2, days), 30, v.kind, midwife, s.source+", maternity")
			return
		}
		at := s.at(day)
		s.encounter("AMB", v.kind, v.why, at, 30, midwife)
		if v.week != 12 && v.week != 20 {
			b := s.p.body(s.today)
			s.pressure(b.systolic-4+wobble(s.r, 4), b.diastolic-3+wobble(s.r, 3), at, midwife)
		}
		if v.week == 28 || v.week == 9 {
			s.measured(haemoFor(true), 122-float64(v.week)/4+wobble(s.r, 4), at, "Pathology, "+s.source)
		}
	}
}
