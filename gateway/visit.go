package gateway

import (
	"net/http"
	"strings"
)

// visit is all that is kept of where a session's person is and with what:
// three words of closed lists, for the figures. The address and the name that
// the browser gives itself are read once and held by nothing.
type visit struct{ country, family, form string }

// otherwise is the word for what is not known or on no list.
const otherwise = "other"

// countries are the codes of ISO 3166-1.
var countries = strings.Fields(`
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`)

// mostAgent is how much of a browser's name for itself is read, in bytes.
const mostAgent = 256

// families are browsers by a word in their names for themselves, the more
// telling first: most name others too.
var families = []struct{ word, family string }{
	{"Firefox/", "firefox"}, {"FxiOS/", "firefox"}, {"Edg", "edge"}, {"OPR/", "opera"}, {"SamsungBrowser/", "samsung"},
	{"Chrome/", "chrome"}, {"CriOS/", "chrome"}, {"Safari/", "safari"},
}

// forms are kinds of devices, likewise.
var forms = []struct{ word, form string }{
	{"iPad", "tablet"}, {"Tablet", "tablet"}, {"iPhone", "phone"}, {"Mobile", "phone"}, {"Android", "tablet"},
	{"Windows NT", "desktop"}, {"Macintosh", "desktop"}, {"X11", "desktop"},
}

// visit reads a request's country and the kind of device. The country is what a
// proxy that is believed writes into the header that the configuration names;
// where none does, what the operator's database has of the address.
func (e *edge) visit(r *http.Request) visit {
	v := visit{otherwise, otherwise, otherwise}
	if e.countryHeader != "" && e.proxied(r) {
		v.country = listedCountry(r.Header.Get(e.countryHeader))
	}
	if from := e.who(r); v.country == otherwise && e.country != nil && from.IsValid() {
		v.country = listedCountry(e.country(from.Addr()))
	}
	agent := r.UserAgent()
	agent = agent[:min(len(agent), mostAgent)]
	for _, f := range families {
		if strings.Contains(agent, f.word) {
			v.family = f.family
			break
		}
	}
	for _, f := range forms {
		if strings.Contains(agent, f.word) {
			v.form = f.form
			break
		}
	}
	return v
}

// listedCountry is a code of the list, or the word for none.
func listedCountry(said string) string {
	for _, c := range countries {
		if c == said {
			return c
		}
	}
	return otherwise
}
