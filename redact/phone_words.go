package redact

// phoneWords are said before a telephone number: 2 leaves no doubt, 1 needs
// digits that are set in groups, 0 joins.
var phoneWords = map[string]int8{
	// Telephones.
	"phone": 2, "phones": 2, "phonenumber": 2, "telephone": 2, "tel": 2, "tele": 2, "telefon": 2, "telefono": 2, "teléfono": 2, "teléfonos": 2, "telefone": 2, "téléphone": 2, "tél": 2, "telefoon": 2, "telefonnummer": 2, "telefoonnummer": 2, "telefonszám": 2, "telefonu": 2, "telefonas": 2, "telefonska": 2, "telefón": 2, "telefonul": 2, "telepono": 2, "telepon": 2, "telp": 2, "puhelin": 2, "puh": 2, "puhelinnumero": 2, "sími": 2, "tālrunis": 2, "tlf": 2, "simu": 2, "điện": 2, "thoại": 2, "sđt": 2, "téléfax": 2,
	"mobile": 2, "mobil": 2, "mob": 2, "móvil": 2, "celular": 2, "cellulare": 2, "cell": 2, "cellphone": 2, "cel": 2, "handy": 2, "handynummer": 2, "mobilnummer": 2, "mobiel": 2, "gsm": 2, "portable": 2, "komórka": 2, "komórkowy": 2, "telemóvel": 2, "matkapuhelin": 2, "kännykkä": 2, "whatsapp": 2, "viber": 2, "sms": 2, "fax": 2, "telefax": 2, "hotline": 2, "landline": 2, "cep": 2, "msisdn": 2,
	"телефон": 2, "телефону": 2, "телефона": 2, "тел": 2, "моб": 2, "мобильный": 2, "мобільний": 2, "факс": 2, "позвоните": 1, "звоните": 1, "τηλέφωνο": 2, "τηλ": 2, "κινητό": 2, "հեռախոս": 2, "ტელეფონი": 2, "ტელ": 2, "הטלפון": 2, "טלפון": 2, "בטלפון": 2, "נייד": 2, "הנייד": 2, "בנייד": 2, "פלאפון": 2, "הפלאפון": 2, "וואטסאפ": 2, "טל": 2, "טל׳": 2, "חייגו": 2, "תתקשר": 2, "תתקשרי": 2, "תתקשרו": 2, "התקשר": 2, "התקשרו": 2, "להתקשר": 2, "هاتف": 2, "الهاتف": 2, "هاتفي": 2, "جوال": 2, "تلفن": 2, "تلفون": 2, "موبایل": 2, "شماره": 0, "رقم": 0, "فون": 2, "फ़ोन": 2, "फोन": 2, "मोबाइल": 2, "ফোন": 2, "মোবাইল": 2, "தொலைபேசி": 2, "ఫోన్": 2, "ಫೋನ್": 2, "ഫോൺ": 2, "ફોન": 2, "ਫ਼ੋਨ": 2, "ਫੋਨ": 2, "ስልክ": 2,
	"電話": 2, "电话": 2, "手机": 2, "手機": 2, "携帯": 2, "ケータイ": 2, "传真": 2, "전화": 2, "전화번호": 2, "휴대폰": 2, "연락처": 2, "โทร": 2, "โทรศัพท์": 2, "เบอร์": 2, "ໂທ": 2, "ទូរស័ព្ទ": 2, "ဖုန်း": 2,
	// What is done with them.
	"call": 1, "calls": 1, "calling": 1, "called": 1, "dial": 2, "dialing": 1, "ring": 1, "text": 1, "texts": 1, "reach": 1, "contact": 1, "contacts": 1, "message": 1, "messages": 1, "messaging": 1, "answering": 1, "registered": 1, "callback": 1, "reached": 1, "appelle": 2, "appelez": 2, "appeler": 1, "joindre": 1, "anrufen": 1, "ruf": 2, "rufen": 2, "notruf": 2, "rufnummer": 2, "rückruf": 2, "llame": 1, "llama": 1, "llamar": 1, "llámame": 2, "llamame": 2, "llámeme": 2, "ligue": 1, "chiama": 1, "chiamare": 1, "chiamami": 2, "chiamatemi": 2, "bel": 1, "bellen": 1, "ringa": 1, "soita": 1, "zadzwoń": 1, "dzwoń": 1, "ara": 1, "arayın": 1, "hubungi": 1,
	"ph": 2, "phn": 2, "tfn": 1, "tollfree": 2, "toll": 2, "free": 0,
	"office": 1, "desk": 1, "home": 1, "work": 1, "emergency": 1, "helpline": 2, "support": 1, "hívj": 1, "büro": 1, "kontakt": 1, "contacto": 1, "contato": 1, "contatto": 1,
	// What stands between.
	"number": 0, "numbers": 0, "no": 0, "nr": 0, "num": 0, "nbr": 0, "nummer": 0, "numéro": 0, "número": 0, "numero": 0, "numer": 0, "numeris": 0, "číslo": 0, "broj": 0, "номер": 0, "szám": 0, "số": 0, "numarası": 0, "numaram": 0, "numara": 0, "nomor": 0, "namba": 0, "nombor": 0,
	"me": 0, "us": 0, "him": 0, "her": 0, "them": 0, "on": 0, "at": 0, "to": 0, "the": 0, "my": 0, "your": 0, "our": 0, "is": 0, "it": 0, "back": 0, "אליי": 0, "אלי": 0, "לי": 0, "שלי": 0, "הוא": 0, "מספר": 0, "המספר": 0, "line": 0, "please": 0, "via": 0, "by": 0, "or": 0, "and": 0, "s": 0, "now": 0, "under": 0, "using": 0, "from": 0,
	"unter": 0, "an": 0, "ist": 0, "lautet": 0, "mich": 0, "bitte": 0, "au": 0, "est": 0, "le": 0, "moi": 0, "sur": 0, "al": 0, "es": 0, "el": 0, "de": 0, "di": 0, "è": 0, "il": 0, "mi": 0, "para": 0, "o": 0, "do": 0, "é": 0, "på": 0, "är": 0, "er": 0, "op": 0, "naar": 0, "mij": 0, "po": 0, "na": 0, "pod": 0, "je": 0, "jest": 0, "по": 0, "на": 0, "мне": 0, "мой": 0, "στο": 0, "είναι": 0, "nomeru": 0, "है": 0, "नंबर": 0, "पर": 0, "নম্বর": 0, "هو": 0, "على": 0, "la": 0, "este": 0, "yang": 0, "saya": 0, "ni": 0,
}

// calledBefore weighs the words before byte i: those of phoneWords, and "my
// number is".
func (w *window) calledBefore(i int) int {
	if weight := w.words(i, phoneWords); weight > 1 || weight > 0 && !w.ends(i, "is at ") { // an office is at a street
		return weight
	}
	if w.words(i, ownWords) > 0 {
		for at := max(i-wordReach/2, w.floor); at+4 <= i; at++ {
			if hasFold(w.b[at:i], "num") || hasFold(w.b[at:i], "n\u00fam") {
				return 1
			}
		}
	}
	return w.initialed(i)
}

// ends says whether the words go before byte i.
func (w *window) ends(i int, words string) bool {
	return i-len(words) >= w.floor && hasFold(w.b[i-len(words):i], words)
}

// initialed is 1 where a letter with a colon stands before byte i, as in
// signatures: "T: 020 7946 0958".
func (w *window) initialed(i int) int {
	at, blanks := w.blanksBefore(i)
	c, start := w.visibleBefore(at)
	if c != ':' || blanks > 1 {
		return 0
	}
	c, start = w.visibleBefore(start)
	switch lower(c) {
	case 't', 'm', 'f', 'p', 'c', 'o', 'w':
		return one(w.opensAt(start))
	}
	return 0
}

// ownWords say that a number is somebody's own, and of nothing else.
var ownWords = map[string]int8{
	"number": 0, "numbers": 0, "is": 0, "s": 0, "nummer": 0, "lautet": 0, "ist": 0, "numéro": 0, "est": 0, "le": 0, "número": 0, "es": 0, "numero": 0, "è": 0, "é": 0, "är": 0, "er": 0, "to": 0, "my": 1, "meine": 1, "mon": 1, "mi": 1, "mio": 1, "meu": 1, "mijn": 1, "mitt": 1,
}

// wordsAfter follow a telephone number.
var wordsAfter = []string{"office", "fax", "mobile", "cell", "home", "work", "desk", "phone", "tel", "mobil", "telefon", "landline", "whatsapp"}

// wordAfter weighs the word after byte i: 2 if it is joined to what ended
// there ("-Fax", "(mobile)"), 1 if a space is between.
func (w *window) wordAfter(i int) int {
	weight := 1
	for range 3 {
		c, start, n := w.visible(i)
		if c == '-' || c == '(' {
			weight = 2
		} else if c != ' ' {
			break
		}
		i = start + n
	}
	if c, _ := w.at(i); !isLetter(c) {
		return 0
	}
	for _, word := range wordsAfter {
		if next, ok := w.says(i, word); ok {
			if c, _ := w.at(next); !isSpoken(c) && !isWord(c) && !w.markAt(next) {
				return weight
			}
		}
	}
	return 0
}
