package demo

import (
	"math/rand/v2"
	"strings"
)

// An origin is a place that families come from, as far as names tell.
type origin struct {
	weight   int
	language string // BCP 47, of those who speak something besides English at home
	says     string // its name in English
	women    []string
	men      []string
	girls    []string // of those born since 1985, where names have changed; else as women
	boys     []string
	family   []string
	feminine []string // where a woman's family name has another form, in the order of family
	own      bool     // everyone has a family name of their own, so a household has several
	first    bool     // the family name comes first when the name is written whole
}

var origins = []origin{
	{weight: 28, language: "en", says: "English",
		women:  []string{"Margaret", "Susan", "Joan", "Linda", "Patricia", "Christine", "Barbara", "Jean", "Janet", "Maureen", "Carol", "Sandra", "Siân", "Alison"},
		men:    []string{"John", "David", "Peter", "George", "Alan", "Michael", "Brian", "Kenneth", "Roger", "Keith", "Graham", "Derek", "Stephen", "Rhys"},
		girls:  []string{"Emily", "Chloe", "Hannah", "Grace", "Zoë", "Olivia", "Jessica", "Sophie", "Amelia", "Lucy", "Ella", "Freya", "Poppy", "Evie"},
		boys:   []string{"Thomas", "Oliver", "Jack", "Harry", "Charlie", "James", "George", "Alfie", "Daniel", "Joshua", "Ryan", "Noah", "Archie", "Leo"},
		family: []string{"Turner", "Bailey", "Fletcher", "O'Connell", "Marsden", "Hughes-Jones", "Whitfield", "Barton", "Mac Donald", "Pryce", "Cartwright", "Ellison", "Hobbs", "Langley", "Nash", "Pearce", "Rowe", "Skinner", "Thorne", "Wickham"}},
	{weight: 12, language: "gu", says: "Gujarati",
		women:  []string{"Hansa", "Jyoti", "Kokila", "Urmila", "Manjula", "Pushpa", "Savita", "Bhanu"},
		men:    []string{"Rajesh", "Bharat", "Dinesh", "Jayantilal", "Ramesh", "Kantilal", "Mahendra", "Suresh"},
		girls:  []string{"Nisha", "Pooja", "Priti", "Anjali", "Riya", "Krisha", "Diya", "Avani"},
		boys:   []string{"Kiran", "Nikhil", "Amit", "Jay", "Rohan", "Dhruv", "Krishan", "Milan"},
		family: []string{"Patel", "Shah", "Desai", "Mistry", "Joshi", "Mehta", "Parekh", "Solanki", "Chauhan"}},
	{weight: 9, language: "pa", says: "Punjabi",
		women:  []string{"Harpreet Kaur", "Gurpreet Kaur", "Simran Kaur", "Jasbir Kaur", "Manjit Kaur", "Balbir Kaur", "Kiranjit Kaur"},
		men:    []string{"Harjit Singh", "Balwinder Singh", "Amrit Singh", "Gurdev Singh", "Ranjit Singh", "Kulwant Singh", "Jaspal Singh"},
		family: []string{"Gill", "Dhillon", "Sandhu", "Grewal", "Bains", "Sidhu", "Mann", "Dhaliwal"}},
	{weight: 7, language: "ur", says: "Urdu",
		women:  []string{"Nasreen", "Shazia", "Rukhsana", "Samina", "Aisha", "Zainab", "Maryam", "Hafsa"},
		men:    []string{"Mohammed", "Tariq", "Imran", "Asif", "Javed", "Bilal", "Hamza", "Usman"},
		family: []string{"Khan", "Hussain", "Ahmed", "Malik", "Qureshi", "Butt", "Chaudhry", "Mirza"}},
	{weight: 8, language: "ar", says: "Arabic",
		women:  []string{"Fatima", "Layla", "Huda", "Noor", "Samira", "Rania", "Salma", "Nadia"},
		men:    []string{"Ahmad", "Yousef", "Khalid", "Omar", "Abd al-Rahman", "Tarek", "Ziad", "Bashir"},
		family: []string{"al-Hassan", "Mansour", "Haddad", "el-Sayed", "Ibrahim", "Khoury", "al-Najjar", "Saleh"}},
	{weight: 7, language: "so", says: "Somali", own: true,
		women:  []string{"Hodan Abdi", "Asha Warsame", "Sagal Nur", "Faduma Ali", "Ifrah Yusuf", "Hamdi Omar"},
		men:    []string{"Abdirahman Jama", "Mahad Farah", "Liban Osman", "Yusuf Hersi", "Guled Abdi", "Ayanle Nur"},
		family: []string{"Mohamud", "Guled", "Elmi", "Dirie", "Ahmed", "Hassan", "Aden"}},
	{weight: 7, language: "pl", says: "Polish",
		women:    []string{"Małgorzata", "Agnieszka", "Zofia", "Łucja", "Katarzyna", "Joanna", "Magdalena", "Ewa"},
		men:      []string{"Stanisław", "Paweł", "Krzysztof", "Jan", "Tomasz", "Marek", "Piotr", "Jakub"},
		family:   []string{"Wiśniewski", "Kowalski", "Dąbrowski", "Zieliński", "Wójcik", "Kaczmarek", "Szymański"},
		feminine: []string{"Wiśniewska", "Kowalska", "Dąbrowska", "Zielińska", "Wójcik", "Kaczmarek", "Szymańska"}},
	{weight: 6, language: "en", says: "English",
		women:  []string{"Marcia", "Beverley", "Gloria", "Sonia", "Yvonne", "Hyacinth", "Merle"},
		men:    []string{"Winston", "Delroy", "Leroy", "Tyrone", "Errol", "Trevor", "Clive"},
		girls:  []string{"Shanice", "Jade", "Kezia", "Tiana", "Aaliyah", "Naomi"},
		boys:   []string{"Jermaine", "Andre", "Malachi", "Isaiah", "Kieran", "Reuben"},
		family: []string{"Campbell", "Brown", "Grant", "Morrison", "Francis", "Gordon", "Reid", "Bennett"}},
	{weight: 5, language: "en", says: "English", // from Ireland
		women:  []string{"Bridget", "Noreen", "Kathleen", "Eileen", "Sinéad", "Aoife", "Ciara"},
		men:    []string{"Patrick", "Declan", "Eamonn", "Seán", "Brendan", "Conor", "Liam"},
		family: []string{"Murphy", "Gallagher", "Doyle", "Kearney", "Brennan", "Ó Súilleabháin", "Nolan"}},
	{weight: 5, language: "yo", says: "Yoruba",
		women:  []string{"Folasade", "Ṣadé", "Yetunde", "Bukola", "Titilayo", "Adunni", "Simisola"},
		men:    []string{"Olúwaṣeun", "Tunde", "Babatunde", "Kayode", "Femi", "Segun", "Dele"},
		family: []string{"Adébáyọ̀", "Ogunleye", "Balogun", "Afolabi", "Akinola", "Oyelaran"}},
	{weight: 3, language: "tl", says: "Tagalog",
		women:  []string{"Maria Cristina", "Rosario", "Jocelyn", "Analyn", "Marites", "Angelica"},
		men:    []string{"Jose", "Rodel", "Ernesto", "Mark Anthony", "Jayson", "Ramil"},
		family: []string{"Santos", "Reyes", "Cruz", "Bautista", "Dela Cruz", "Mendoza"}},
	{weight: 4, language: "pt", says: "Portuguese",
		women:  []string{"Maria da Conceição", "Inês", "Lurdes", "Catarina", "Beatriz", "Fernanda"},
		men:    []string{"João", "António", "José Manuel", "Rui", "Tiago", "Nuno"},
		family: []string{"Gonçalves", "Araújo", "dos Santos", "Ferreira", "Simões", "Magalhães"}},
	{weight: 3, language: "ro", says: "Romanian",
		women:  []string{"Ioana", "Mihaela", "Ștefania", "Andreea", "Elena"},
		men:    []string{"Andrei", "Ionuț", "Gheorghe", "Mihai", "Cristian"},
		family: []string{"Popescu", "Ionescu", "Țurcanu", "Munteanu", "Dumitrescu"}},
	{weight: 4, language: "fa", says: "Persian",
		women:  []string{"Parisa", "Shirin", "Mahin", "Golnaz", "Nasrin"},
		men:    []string{"Reza", "Hossein", "Cyrus", "Farhad", "Dariush"},
		family: []string{"Hosseini", "Tehrani", "Karimi", "Rahimi", "Ahmadi"}},
	{weight: 3, language: "ta", says: "Tamil", own: true,
		women:  []string{"Kamala", "Tharani", "Meena", "Sumathi", "Abirami"},
		men:    []string{"Suresh", "Kandasamy", "Nirmalan", "Pratheepan", "Ganesh"},
		family: []string{"Sivasubramaniam", "Thiruchelvam", "Rajaratnam", "Nadarajah"}},
	{weight: 3, language: "zh", says: "Chinese", first: true,
		women:  []string{"Mei Ling", "Xiu", "Yan", "Siu Fong", "Jia Yi"},
		men:    []string{"Wai Man", "Jun", "Kwok Keung", "Chi Ho", "Hao"},
		family: []string{"Lau", "Zhang", "Nguyễn", "Cheung", "Wong"}},
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

// aName names somebody of an age. family is a place in the origin's family names.
func aName(r *rand.Rand, from int, woman bool, family, age int) name {
	o := &origins[from]
	n := name{family: o.family[family]}
	given := o.men
	switch {
	case woman && age <= 40 && o.girls != nil:
		given = o.girls
	case woman:
		given = o.women
	case age <= 40 && o.boys != nil:
		given = o.boys
	}
	n.given = pick(r, given)
	if woman && o.feminine != nil {
		n.family = o.feminine[family]
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

// misspelt is a name as somebody heard it.
func misspelt(n name, r *rand.Rand) name {
	swaps := [][2]string{{"ph", "f"}, {"ie", "y"}, {"ee", "i"}, {"ou", "u"}, {"sh", "s"}, {"h", ""}, {"ss", "s"}, {"ll", "l"}, {"a", "e"}, {"i", "y"}, {"o", "u"}}
	first := r.IntN(len(swaps))
	for i := range swaps {
		x := swaps[(first+i)%len(swaps)]
		if at := strings.LastIndex(n.family, x[0]); at > 0 {
			other := name{prefix: n.prefix, given: n.given, family: n.family[:at] + x[1] + n.family[at+len(x[0]):]}
			if n.text != "" {
				other.text = other.family + " " + other.given
			}
			return other
		}
	}
	return name{}
}
