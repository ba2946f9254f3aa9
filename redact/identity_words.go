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

var (
	ssnWords     = naming("ssn", "ssns", "social", "security", "ss", "itin", "taxpayer", "tin", "socsec", "soc")
	ninoWords    = naming("nino", "ni", "insurance")
	nhsWords     = naming("nhs", "patient", "health")
	steuerWords  = naming("steuer")
	israeliWords = naming("teudat", "zehut", "tz", "israeli", "israel", "זהות", "תז", "ת״ז", "ז", "הזהות")
	dniWords     = naming("dni", "nif", "nie", "documento", "identidad")

	cardOfIdentityWords = naming("personalausweis", "personalausweisnummer", "ausweis", "ausweisnummer", "identité", "identita", "identità", "cni", "driver", "driving", "licence", "license", "führerschein", "permis", "patente", "carnet")
	passportWords       = naming("passport", "passports", "passportno", "reisepass", "reisepassnummer", "pass", "passnummer", "passeport", "pasaporte", "passaporto", "passaporte", "paspoort", "paspoortnummer", "pas", "paszport", "passi", "паспорт", "паспорта", "דרכון", "הדרכון", "パスポート", "护照", "여권")

	birthWords = func() map[string]int8 {
		table := naming("born", "b", "birth", "dob", "d.o.b", "birthday", "birthdate", "bday", "dateofbirth", "geboren", "geburtsdatum", "geburtstag", "geb", "né", "née", "naissance", "nacido", "nacida", "nacimiento", "nació", "nato", "nata", "nascita", "nascimento", "nascido", "nascida", "geboortedatum", "geboorte", "född", "født", "syntynyt", "urodzony", "urodzona", "urodzenia", "рождения", "родился", "родилась", "נולד", "נולדתי", "לידה", "הלידה", "生年月日", "出生")
		for _, word := range []string{"on", "date", "am", "le", "el", "il", "den", "op", "the", "em", "dnia", "om", "back", "i", "ב"} {
			table[word] = 0
		}
		return table
	}()
)
