package redact_test

import (
	"testing"

	"mayfly/redact"
)

// R78
func TestSSN(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.SSN, []string{
		"«460-89-9847»", "My SSN is «460 89 9847».", "ssn «460899847»", "Social Security Number: «460.89.9847»", "(«460-89-9847»)", "«４６０-８９-９８４７»", "«460–89–9847»", "ITIN «912-70-1234»", "«960-12-3456»", "ssn «460/89/9847»", "my ssn is «4 6 0 8 9 9 8 4 7»", "«460 - 89 - 9847»", "«460_89_9847»", "SSN on file is «460899847»", `"socialSecurityNumber": "«460899847»"`, "«460-89-9847», born",
		"000-12-3456", "666-12-3456", "460-00-9847", "460-89-0000", "078-05-1120", "460-89-98471", "1460-89-9847", "460-89-9847-1", "460899847", "x460-89-9847", "460-89-9847x", "460/89/9847", "460.89.9847",
	})
}

// R78
func TestNationalID(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.NationalID, []string{
		"NI «AB 12 34 56 C»", "«AB123456C»", "«ab 123456 c»", "«JG-12-34-56-D».",
		"NHS number «943 476 5919»", "nhs no: «9434765919»", "NHS «943-476-5919»",
		"«86095742719»", "Steuer-ID «86 095 742 719»",
		"«255081416802538»", "«2 55 08 14 168 025 38»",
		"«185052A00608435»", "NIR : «1 85 05 2B 006 084 62».", "«1 85 05 2a 006 084 35»", "185052A00608436", "185052C00608435", "x185052A00608435", "185052A006084351",
		"«1111111-G»", "«Y-1234567-X»", "Personalausweisnummer: «T220001293»", "Führerschein «B072RRE2I55»", "carte d'identité «880692310285»",
		"DNI «12345678Z»", "«12.345.678-Z»", "«12345678-z»", "NIE «X1234567L»", "«Y1234567X»", "DNI: «12345678 Z»",
		"«RSSMRA85T10A562S», ok", "cf: «rssmra85t10a562s»",
		"תעודת זהות «123456782»", "Israeli ID «123456782»", "ת.ז. «123456782»", "ת״ז: «123456782»",
		"Personalausweis «L01X00T47»", "driver's license number is «F1628235»",
		"GB 12 34 56 C", "AB 12 34 56 E", "AB 12 cars", "QQ123456C", "DF123456A",
		"86095742718", "10000000000", "355081416802538x", "255081416802539",
		"12345678A", "X1234567A", "RSSMRA85T10A562T", "123456782", "12345678 Z",
	})
}

// R78
func TestPassport(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.Passport, []string{
		"passport «123456789»", "Passport No. «AB1234567»", "my passport number is «X12345678».", "Reisepass: «C01X0006H»", "passeport n° «12AB34567»", "pasaporte «AAA123456»", "דרכון «12345678»", `"passportNumber": "«912803456»"`, "travel document «K9876543»",
		"my passport expires in 2027", "passport 12345", "a passport and 12345678 other things", "123456789", "passport 1234567890123",
	})
}

// R78
func TestBirthDate(t *testing.T) {
	checkTable(t, newRedactor(t, redact.Options{}), redact.BirthDate, []string{
		"born on «12/03/1985»", "נולדתי ב-«12/03/1985»", "Date of birth: «1985-03-12»", "DOB «12.3.85», male", "born «12 March 1985»", "born on «March 12, 1985»", "I was born on the «12th of March 1985».", "geboren am «12. März 1985»", "born: «12 Mar 85»", "Born «12-Mar-1985»", "родился «12 марта 1985»", "生年月日：«1985年3月12日»", "ur. urodzony «12 marca 1985»", `"dateOfBirth": "«1985-03-12»"`, "née le «1er avril 1985»", "nacido el «12 de marzo de 1985»", "birthday is «2 Jan 1990»", "Geburtsdatum: «12.03.1985»",
		"on 12/03/1985", "born in 1985", "March 12, 1985", "born on 32/13/1985", "born on 12 apples", "date of birth of 12 cats", "born 12", "invoice of 2026-03-12",
	})
}
