package redact_test

import (
	"testing"

	"mayfly/redact"
)

// R78: a @ and a dot as they are called in other languages, and as programs
// write them.
func TestEmailInOtherWords(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	checkTable(t, r, redact.Email, []string{
		"My address is «me at janeroe dot com».", "Ihre Adresse ist «me at janeroe dot com»",
		"escríbeme a «lucia.gomez arroba gmail punto com»", "mi correo es «lucia arroba correo punto es»", "«lucia.gomez(arroba)gmail.com»", "«lucia punto gomez arroba gmail punto com»",
		"o meu email é «joao.silva arroba sapo ponto pt»", "«joao(arroba)sapo(ponto)pt»",
		"la mia mail è «g.rossi chiocciola libero punto it»", "scrivi a «g.rossi Chiocciola libero.it»",
		"mon mail c'est «camille.durand arobase orange point fr»", "«camille [arobase] orange [point] fr»",
		"«sara.k ät firma punkt de»", "«sara.k (Klammeraffe) firma.de»", "«sara.k(at)firma(punkt)de»", "Die Adresse: «info at firma punkt de»",
		"mijn mail: «k.devries apenstaartje ziggo punt nl»", "mój mail to «jan.kowalski małpa wp kropka pl»", "«ivan.petrov собака mail точка ru»", "המייל: «noa.levi שטרודל gmail נקודה com»",
		"email: «bob underscore roe at gmail dot com»", "email «bob.roe at-sign gmail.com»", "«bob.roe (at sign) gmail.com»", "«bob.roe [at symbol] gmail.com»", "«bob.roe `at` gmail.com»",
		"«peter（at）hansen.dk»", "«peter［at］hansen［dot］dk»", "«jane\u00a0at\u00a0example\u00a0dot\u00a0com»",
		"mail=«jane.roe%2540gmail.com»&a=1", "«jane%40gmail%2Ecom»", "mailto:«jane&#64;gmail&#46;com»", "«jane&commat;gmail&period;com»", "«jane&#x0040;gmail.com»", `{"m":"«jane\x40gmail.com»"}`, `«jane.roe\@gmail.com»`,
	})
	checkTable(t, r, redact.Email, []string{
		"El punto es que arroba no significa nada", "a cien pesos la arroba de café.es", "la arroba example.com", "El arroba punto com", "una chiocciola nel giardino. Punto.", "l'arobase est un caractère", "das Klammeraffe Zeichen", "a este punto de vista",
		"people are at some point in Spain", "we stayed at one point in Spain", "he was at one point it", "Sorry, my account has arrived at the summer office", "git@github.com:torvalds/linux.git", "width=%2540px",
	})
}

// R78
func TestSecretInOtherShapes(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	checkTable(t, r, redact.Secret, []string{
		"Telegram: «6123456789:AAGh3jK9lM1nO3pQ5rS7tU9vW1xY3zA5bC7»", "https://api.telegram.org/bot«6123456789:AAGh3jK9lM1nO3pQ5rS7tU9vW1xY3zA5bC7»/getMe",
		"Discord: «MTE5ODc2NTQzMjEwOTg3NjU0Mw.GhJkLm.aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hI»", "mailchimp «0a1b2c3d4e5f60718293a4b5c6d7e8f9-us12»", "my azure openai key is «0a1b2c3d4e5f60718293a4b5c6d7e8f9»",
		"«ATATT3xFfGF0aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hI7jK9lM1nO3pQ=1A2B3C4D»", "?code=«4/0AX4XfWjaB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3»&x=1", "connect.sid=«s%3A0a1b2c3d4e5f60718293.aB3dE5gH7jK9mN1pQ3sT5vW7yZ9»; HttpOnly",
		"curl -u anna:«S3cr3tpw» https://x.example", "my password is «correct-horse-battery-staple»", "Your one-time code: «839 201»", "verification code is «839-201».",
		"Private-Lines: 1\n«AAAAIBz3D5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hI7jK9lM\nPrivate-MAC: 0a1b»",
	})
	checkTable(t, r, redact.Secret, []string{
		"docker run -u 1000:1000 alpine", "password := args[3]", "proxy_pass = proxy_pass.decode()", "secret, sha256.Sum256(secret)", "ClientAuth: RequireAndVerifyClientCert,", "earlySecret = tls13.NewEarlySecret(suite)", "GET /etc/passwd HTTP/1.1", "self.password: bytes",
	})
}

// R78
func TestPersonsInOtherForms(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	checkTable(t, r, redact.NationalID, []string{
		"SV-Nummer: «65170839J003»", "Rentenversicherung «65 170839 J 003»", "65 170839 J 007", "numéro fiscal «30 23 217 600 053»", "DNI: «47 283 915 D»", "my T.Z. is «592082556»", "seguridad social «281234567840»", "order 3023217600053",
	})
	checkTable(t, r, redact.Passport, []string{"Reisepass Nr. «C4VHZ0PJK»", "passport photos2 are here"})
	checkTable(t, r, redact.BirthDate, []string{
		"ich bin am «12.03.1985» geboren", "nací el «12/03/1985»", "date_of_birth: «19850312»", "נולדתי ב «12 במרץ 1985»", "born: «12\u00a0March\u00a01985»", "am 12.03.1985 gekauft", "id 19850312",
	})
	checkTable(t, r, redact.Phone, []string{"appelle-moi au «0612345678»", "llámame al «612345678»", "chiamami al «3471234567»", "הטלפון שלי «050-1234567»", "Notruf unter «0800 1110111»"})
	checkTable(t, r, redact.IBAN, []string{"«IT 60 X 05428 11101 000000123456»"})
	checkTable(t, r, redact.IP, []string{"Chrome/120.0.0.0 Safari/537.36", "OID 2.5.4.42", "since 1.6.5.2"})
}
