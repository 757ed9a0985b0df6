package demo

import "math/rand/v2"

// An origin is a place that families come from, as far as names tell.
type origin struct {
	weight   int
	language string // BCP 47, of those who speak something besides English at home
	says     string // its name in English
	women    []string
	men      []string
	family   []string
	feminine []string // where a woman's family name has another form, in the order of family
	own      bool     // everyone has a family name of their own, so a household has several
	first    bool     // the family name comes first when the name is written whole
}

var origins = []origin{
	{30, "en", "English",
		[]string{"Margaret", "Susan", "Emily", "Chloe", "Joan", "Hannah", "Grace", "Linda", "Siân", "Zoë"},
		[]string{"John", "David", "Peter", "Thomas", "George", "Alan", "Oliver", "Jack", "Michael", "Rhys"},
		[]string{"Turner", "Bailey", "Fletcher", "O'Connell", "Marsden", "Hughes-Jones", "Whitfield", "Barton", "Mac Donald", "Pryce"}, nil, false, false},
	{12, "gu", "Gujarati",
		[]string{"Hansa", "Jyoti", "Nisha", "Kokila", "Urmila", "Pooja"},
		[]string{"Rajesh", "Bharat", "Kiran", "Dinesh", "Nikhil", "Jayantilal"},
		[]string{"Patel", "Shah", "Desai", "Mistry", "Joshi"}, nil, false, false},
	{9, "pa", "Punjabi",
		[]string{"Harpreet Kaur", "Gurpreet Kaur", "Simran Kaur", "Jasbir Kaur"},
		[]string{"Harjit Singh", "Balwinder Singh", "Amrit Singh", "Gurdev Singh"},
		[]string{"Gill", "Dhillon", "Sandhu", "Grewal"}, nil, false, false},
	{8, "ar", "Arabic",
		[]string{"Fatima", "Layla", "Huda", "Noor", "Samira"},
		[]string{"Ahmad", "Yousef", "Khalid", "Omar", "Abd al-Rahman"},
		[]string{"al-Hassan", "Mansour", "Haddad", "el-Sayed", "Ibrahim"}, nil, false, false},
	{7, "so", "Somali",
		[]string{"Hodan Abdi", "Asha Warsame", "Sagal Nur", "Faduma Ali"},
		[]string{"Abdirahman Jama", "Mahad Farah", "Liban Osman", "Yusuf Hersi"},
		[]string{"Mohamud", "Guled", "Elmi", "Dirie", "Ahmed"}, nil, true, false},
	{8, "pl", "Polish",
		[]string{"Małgorzata", "Agnieszka", "Zofia", "Łucja"},
		[]string{"Stanisław", "Paweł", "Krzysztof", "Jan"},
		[]string{"Wiśniewski", "Kowalski", "Dąbrowski", "Zieliński", "Wójcik"},
		[]string{"Wiśniewska", "Kowalska", "Dąbrowska", "Zielińska", "Wójcik"}, false, false},
	{7, "en", "English",
		[]string{"Marcia", "Beverley", "Shanice", "Gloria"},
		[]string{"Winston", "Delroy", "Leroy", "Tyrone"},
		[]string{"Campbell", "Brown", "Grant", "Morrison"}, nil, false, false},
	{5, "yo", "Yoruba",
		[]string{"Folasade", "Ṣadé", "Yetunde", "Bukola"},
		[]string{"Olúwaṣeun", "Tunde", "Babatunde", "Kayode"},
		[]string{"Adébáyọ̀", "Ogunleye", "Balogun", "Afolabi"}, nil, false, false},
	{4, "pt", "Portuguese",
		[]string{"Maria da Conceição", "Inês", "Lurdes"},
		[]string{"João", "António", "José Manuel"},
		[]string{"Gonçalves", "Araújo", "dos Santos"}, nil, false, false},
	{4, "fa", "Persian",
		[]string{"Parisa", "Shirin", "Mahin"}, []string{"Reza", "Hossein", "Cyrus"},
		[]string{"Hosseini", "Tehrani", "Karimi"}, nil, false, false},
	{3, "ta", "Tamil",
		[]string{"Kamala", "Tharani", "Meena"}, []string{"Suresh", "Kandasamy", "Nirmalan"},
		[]string{"Sivasubramaniam", "Thiruchelvam", "Rajaratnam"}, nil, true, false},
	{3, "zh", "Chinese",
		[]string{"Mei Ling", "Xiu", "Yan"}, []string{"Wai Man", "Jun", "Kwok Keung"},
		[]string{"Lau", "Zhang", "Nguyễn"}, nil, false, true},
}

func anOrigin(r *rand.Rand) int {
	total := 0
	for _, o := range origins {
		total += o.weight
	}
	at := r.IntN(total)
	for i, o := range origins {
		if at -= o.weight; at < 0 {
			return i
		}
	}
	return 0
}

// A name is what one person is called.
type name struct{ prefix, given, family, text string }

// aName names somebody. family is a place in the origin's family names.
func aName(r *rand.Rand, from int, woman bool, family int) name {
	o := &origins[from]
	n := name{given: pick(r, o.men), family: o.family[family]}
	if woman {
		n.given = pick(r, o.women)
		if o.feminine != nil {
			n.family = o.feminine[family]
		}
	}
	if o.own {
		n.family = pick(r, o.family)
	}
	if o.first {
		n.text = n.family + " " + n.given
	}
	return n
}

// rare are names that software often gets wrong; they go to the same places in every
// area, so that each can be found. Those marked are women's.
var rare = map[int]struct {
	name
	woman bool
}{
	7:  {name{given: "Suharti", text: "Suharti"}, true},
	11: {name{given: "Wolfeschlegelsteinhausen Maximilian Bartholomew", family: "Featherstonehaugh-Cholmondeley"}, false},
	13: {name{given: "Bo", family: "Å"}, false},
	17: {name{given: "María del Pilar", family: "de la Peña y Muñoz"}, true},
	19: {name{given: "Robin", family: "Null"}, false},
}
