package redact

// joints stand between what a number is and the number.
var joints = []string{"number", "numbers", "no", "nr", "num", "n", "is", "the", "my", "his", "her", "your", "our", "id", "are", "was", "nummer", "numéro", "numero", "número", "ist", "est", "es", "è", "de", "di", "code", "ending", "s", "card", "it", "of", "sec", "lautet", "to", "é", "är", "היא", "מספר", "שלי", "הוא"}

// naming is a table of words that say what a number is.
func naming(words ...string) map[string]int8 {
	table := map[string]int8{}
	for _, word := range joints {
		table[word] = 0
	}
	for _, word := range words {
		table[word] = 2
	}
	return table
}

// with is a table with more words that join.
func with(table map[string]int8, joints ...string) map[string]int8 {
	for _, word := range joints {
		table[word] = 0
	}
	return table
}

var (
	ssnWords        = with(naming("ssn", "ssns", "social", "security", "ss", "itin", "taxpayer", "tin", "socsec", "soc"), "on", "file", "for", "as", "listed")
	ninoWords       = naming("nino", "ni", "insurance")
	nhsWords        = naming("nhs", "patient", "health")
	steuerWords     = naming("steuer")
	fiscalWords     = naming("fiscal", "fiscale", "spi")
	israeliWords    = with(naming("t", "teudat", "zehut", "tz", "israeli", "israel", "זהות", "תז", "ת״ז", "ז", "הזהות"), "z")
	afiliacionWords = naming("social", "nss", "nuss", "afiliación", "afiliacion")
	dniWords        = naming("dni", "nif", "nie", "documento", "identidad")

	cardOfIdentityWords = naming("personalausweis", "personalausweisnummer", "ausweis", "ausweisnummer", "identité", "identita", "identità", "cni", "driver", "driving", "licence", "license", "führerschein", "permis", "patente", "carnet")
	passportWords       = with(naming("passport", "passports", "passportno", "reisepass", "reisepassnummer", "pass", "passnummer", "passeport", "pasaporte", "passaporto", "passaporte", "paspoort", "paspoortnummer", "pas", "paszport", "passi", "паспорт", "паспорта", "travel", "דרכון", "הדרכון", "パスポート", "护照", "여권"), "document", "documents")

	birthWords = with(naming("born", "b", "birth", "dob", "d.o.b", "birthday", "birthdate", "bday", "dateofbirth", "geboren", "geburtsdatum", "geburtstag", "geb", "né", "née", "naissance", "nacido", "nacida", "nacimiento", "nació", "nací", "naci", "nasci", "nato", "nata", "nascita", "nascimento", "nascido", "nascida", "geboortedatum", "geboorte", "född", "født", "syntynyt", "urodzony", "urodzona", "urodzenia", "рождения", "родился", "родилась", "נולד", "נולדתי", "לידה", "הלידה", "生年月日", "出生"),
		"on", "date", "a", "em", "am", "le", "el", "il", "den", "op", "the", "em", "dnia", "om", "back", "i", "ב")
)
