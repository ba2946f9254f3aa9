package resident

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mayfly/gateway/avatar/resident/stem"
)

// language is what is known about a language: which words say nothing about
// what a text is about. A word that is only frequent says a little.
type language struct {
	stop   map[string]bool
	common map[string]bool
}

// languages are those that resident knows, by primary subtag.
var languages = map[string]*language{
	"en": {set(`hello hi hey thanks a about above after again all also am an and any anybody anyone are as at be because been before being below between both but by can cannot could
		d did didn do does doesn doing don dont down during each else ever every everybody everyone few for from further get got had has hasn have haven having he her here hers him his how
		i id if im in into is isn it its itself just ll m many me much my myself no nor not now of off oh ok okay on once only or other our ours out over own
		please pls rather re really s same shall she should so some such t tell than that thats the their theirs them themselves then there these they this those through to too
		u under until up ur us ve very was wasn we were what whats when where which while who whom whose why will with won would wouldn yes you your yours yourself`),
		set(`able actually always anything anyway ask away bit come day find first give go going good happen happens just keep know let like little look lot made make makes making mean
		means mine must need never new nothing one own part people person possible put say says see show side something somewhere soon still sure take thing things think time
		try two use used using usually want wants way well work works while whole without world got instead exactly explain question questions word`)},
	"de": {set(`hallo danke ab aber als am an auch auf aus bei beim bin bis bist bitte da damit dann das dass dein deine dem den denn der des die dies diese diesem diesen dieser dieses doch dort du durch
		ein eine einem einen einer eines er es etwas euch euer fur gibt habe haben hat hatte hier ich ihm ihn ihnen ihr ihre ihrem ihren im in ins ist ja jede jeder jetzt kann kannst kein keine konnen konnte
		machen macht man mein meine meinem meinen mich mir mit mochte muss nach nein nicht noch nun nur ob oder sehr sein seine sich sie sind so soll sollte uber um und uns unser unter vom von vor war warum
		was welche welcher welches wenn wer werde werden wie wieder will wir wird wo wohl wurde zu zum zur`), nil},
	"fr": {set(`bonjour merci a ai ainsi alors as au aussi aux avec avez avoir c ca car ce cela ces cet cette ceux chez ci comme comment d dans de des donc du elle elles en encore es est et etait ete etes etre eu
		faire fait faut il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne ni nos notre nous on ont ou par pas peu peut peux plus pour pourquoi puis puisse qu quand que quel quelle quelles quels qui quoi
		s sa sans se sera ses si son sont suis sur t ta te tes toi ton tout toute tres tu un une va vais vas veux vos votre vous y`), nil},
	"es": {set(`hola gracias a al algo ante antes aqui asi aun bien cada como con cual cuales cuando cuanto de del desde donde dos e el ella ellas ellos en entre era es esa ese eso esta estaba estan estar estas este esto estos estoy
		fue ha hace hacer han hasta hay he la las le les lo los mas me mi mis mismo mucho muy nada ni no nos o os otra otro para pero por porque puede puedo que quien quiero quiere se sea ser si sido sin sobre son soy su sus
		tambien te tener tengo ti tiene todo todos tu tus u un una unas uno unos usted ya y yo`), nil},
	"he": {set(`שלום תודה אבל או אולי אותה אותו אותי אותך אותם אז אחר אחרי איזה איך אין איפה אם אני אנחנו את אתה אתם אתן בין גם דבר האם הוא היא היה היו הם הן הנה הרי זאת זה זו יהיה יותר יש כאן כבר כדי כי כל כמה כמו כן
		לא לה להם להיות לו לי לך לכם לנו למה לפני מאוד מה מהי מהו מי מן מתי נא עד עוד על עם עכשיו פה צריך רק רוצה של שלו שלי שלך שלכם שלנו שם תהיה`), nil},
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[string(stem.Fold(nil, []byte(w)))] = true
	}
	return all
}

// eachWord calls f with every word of text, folded, in order. The word is
// f's until the next call and is cleared in the end. A hyphen after a single
// letter belongs to the word: "e-mail".
func eachWord(text []byte, f func(word []byte)) {
	var folded, buf []byte
	flush := func() {
		if len(buf) > 0 {
			folded = stem.Fold(folded[:0], buf)
			if len(folded) > 0 {
				f(folded)
			}
			clear(folded[:cap(folded)])
			buf = buf[:0]
		}
	}
	// Both are large enough for any word that a search could find; a longer
	// run of letters is cut, so neither is ever left behind by growing.
	const longest = 64
	buf = make([]byte, 0, longest+utf8.UTFMax)
	folded = make([]byte, 0, 3*(longest+utf8.UTFMax))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n < 2:
			flush()
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
			if len(buf) < longest {
				buf = append(buf, text[i:i+n]...)
			}
		case r == '-' && len(buf) == 1:
		default:
			flush()
		}
		i += n
	}
	flush()
	clear(buf[:cap(buf)])
}

// guessFrom is how much of a text its language is guessed from, in bytes.
const guessFrom = 4000

// guess finds the language of a text by the words that say nothing: the
// language whose stop words are most frequent in it, English when none is.
func guess(text []byte) string {
	counts := map[string]int{}
	eachWord(text[:min(len(text), guessFrom)], func(word []byte) {
		for name, l := range languages {
			if l.stop[string(word)] {
				counts[name]++
			}
		}
	})
	best := "en"
	for _, name := range []string{"de", "es", "fr", "he"} {
		if counts[name] > counts[best] {
			best = name
		}
	}
	return best
}
