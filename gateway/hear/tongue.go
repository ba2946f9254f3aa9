package hear

import "strings"

// tongue is what shows in one language whether somebody has finished: closed
// classes of words, as recognisers write them.
type tongue struct {
	language string
	open     set // a clause does not end with these: articles, prepositions, conjunctions
	aux      set // nor with these, unless it asks
	lost     set // somebody looks for words
	lostTwo  set // the same in two words
	link     set // before a question that follows on something
	ask      set // questions begin with these
	asked    set // in a question a clause may end with these, although they are open
	brief    set // whole answers
	nod      set // what a listener says, and goes on listening
}

type set map[string]struct{}

func list(words string) set {
	s := set{}
	for w := range strings.FieldsSeq(words) {
		s[w] = struct{}{}
	}
	return s
}

// pairs is a list of two words each, joined by "_".
func pairs(words string) set {
	s := set{}
	for w := range strings.FieldsSeq(words) {
		s[strings.ReplaceAll(w, "_", " ")] = struct{}{}
	}
	return s
}

func (s set) has(word []byte) bool {
	_, ok := s[string(word)] // no string is made of it
	return ok
}

func (s set) hasTwo(first, second []byte) bool {
	var joined [64]byte
	if len(first) == 0 || len(first)+1+len(second) > len(joined) {
		return false
	}
	n := copy(joined[:], first)
	joined[n] = ' '
	n += 1 + copy(joined[n+1:], second)
	ok := s.has(joined[:n])
	clear(joined[:])
	return ok
}

// weigh is how near its end an utterance is.
func (l *tongue) weigh(t *tokens, asks, closed, trails bool) standing {
	last, before := t.last(0), t.last(1)
	begins := l.ask.has(t.first(0)) || t.count > 1 && (l.link.has(t.first(0)) || l.brief.has(t.first(0)) || l.lost.has(t.first(0))) && l.ask.has(t.first(1))
	switch {
	case l.lost.has(last) && !(t.count == 1 && l.nod.has(last)), l.lostTwo.hasTwo(before, last):
		return openEnd
	case asks && (t.count > 1 || l.ask.has(last)):
		return question
	case trails:
		return openEnd
	case l.open.has(last) && !(begins && t.count > 2 && l.asked.has(last)):
		return openEnd
	case l.aux.has(last) && !begins:
		return openEnd
	case l.ask.has(last) && t.count == 1:
		return plain
	case begins && t.count > 2:
		return question
	case l.brief.has(last) && t.count <= 3, l.brief.hasTwo(before, last):
		return whole
	case closed && t.count > 2:
		return whole
	}
	return plain
}

func isNod(tongues []*tongue, word []byte) bool {
	for _, l := range tongues {
		if l.nod.has(word) {
			return true
		}
	}
	return false
}

// everyTongue is tongues by pointer.
var everyTongue = func() (all []*tongue) {
	for i := range tongues {
		all = append(all, &tongues[i])
	}
	return all
}()

// tongues are never written to.
var tongues = [...]tongue{{
	language: "en",
	open:     list("the a an my your our their its this's of to in on at by for with from into onto about between without against during through under over near towards and or but because if that which who whom whose than as until till unless while although though whether since before after when where i we they he she i'm i'd i'll i've we're we'd we'll we've you're you'd they're they'd he's she's it's there's that's what's every each some any and/or plus per via another other"),
	aux:      list("is are was were am be been do does did have has had will would can could shall should may might must want wants need needs like gonna wanna please tell give get very quite too"),
	lost:     list("um umm uhm uh uhh er err erm ah hm hmm hmmm mm mmm well so like anyway basically"),
	lostTwo:  pairs("you_know i_mean let_me me_see me_think sort_of kind_of how_do and_then hang_on hold_on"),
	link:     list("and but or so because"),
	ask:      list("what who whom whose where when why which how is are was were do does did can could will would should may might am has have isn't aren't don't doesn't didn't can't couldn't won't wouldn't what's who's where's when's how's"),
	asked:    list("of to in on at by for with from about into over before after that she he like"),
	brief:    list("yes no yeah yep nope okay ok sure thanks thank please right exactly correct never stop hello hi goodbye bye maybe"),
	nod:      list("mm mmm mhm mm-hm mm-hmm mmhm mmhmm uh-huh uhuh uh huh hm hmm aha yeah yes ok okay right i see sure"),
}, {
	language: "de",
	open:     list("der dem den des einen eine einem einer eines ein mein meine meinen meinem meiner dein deine deinen deinem deiner unser unsere unseren unserem unserer seine seinen seinem seiner ihre ihren ihrem ihrer von bei für in im am zum zur beim ins vom ans aufs durch gegen ohne seit wegen zwischen während unter hinter neben bis und oder aber weil dass ob wenn sondern obwohl sowie als wie ich wir er sehr ganz jeder jede jedes jeden diese dieser diesen diesem dieses welche welcher welchen kein keine keinen keinem keiner pro per"),
	aux:      list("ist sind war waren bin habe hat haben hatte hatten will wollen würde würden kann können könnte möchte möchten muss müssen soll sollen sollte darf brauche bräuchte werde wird werden heiße heißt"),
	lost:     list("äh ähm ähem öh öhm hm hmm hmmm mm also naja tja halt sozusagen quasi beziehungsweise irgendwie"),
	lostTwo:  pairs("sagen_wir sag_ich wie_sagt wie_heißt und_zwar und_dann das_heißt einen_moment mal_überlegen na_ja"),
	link:     list("und aber oder denn"),
	ask:      list("was wer wen wem wessen wo wann warum wieso weshalb welche welcher welches welchen wie woher wohin wofür womit worüber ist sind war hat haben habe kann können könnte könnten darf dürfen soll sollen will wollen wird würde würden muss gibt brauche bin hast kannst"),
	asked:    list("er von wie"),
	brief:    list("ja nein doch danke bitte okay ok genau richtig stimmt gerne gern nie niemals hallo tschüss stopp halt vielleicht jawohl"),
	nod:      list("mm mhm hm hmm aha ja jaja okay ok genau ach so achso verstehe stimmt"),
}, {
	language: "fr",
	open:     list("le la les un une des du de d l' d' au aux à dans sur pour avec sans chez par en vers entre contre depuis pendant et ou mais donc que qu' parce car si puisque lorsque quand comme je j' tu il elle on ils mon ma mes ton ta tes son sa ses notre votre nos vos leur leurs ce cet cette ces très ne n' me te se m' s' y c'est j'ai qu'il qu'elle qu'on d'un d'une chaque quelque quelques plusieurs"),
	aux:      list("est sont était étaient suis ai as a avons avez ont avait veux veut voudrais voudrait peux peut pourrait pourrais dois doit devrait faut vais va allons souhaite cherche m'appelle t'appelle s'appelle"),
	lost:     list("euh heu hum hmm mm ben bah alors voyons enfin bref genre"),
	lostTwo:  pairs("comment_dire c'est-à_dire et_puis et_alors je_veux disons_que attendez_je"),
	link:     list("et mais ou donc"),
	ask:      list("qui que quoi qu'est-ce où quand pourquoi comment combien quel quelle quels quelles lequel laquelle est-ce est-ce-que peut-on puis-je pouvez-vous peux-tu avez-vous as-tu y-a-t-il faut-il êtes-vous savez-vous"),
	asked:    list("il elle ils tu avec pour contre"),
	brief:    list("oui non si merci d'accord okay ok exactement voilà jamais bonjour salut stop arrêtez peut-être bien"),
	nod:      list("mm mhm hm hmm oui ouais d'accord ah bon ok okay je vois voilà"),
}, {
	language: "es",
	open:     list("el la los las un una unos unas de del al a en con por para sin sobre entre hasta desde hacia contra según durante y e o u pero porque que aunque cuando donde mientras como si yo mi tu su mis tus sus nuestro nuestra nuestros nuestras muy me te se lo le cada algún alguna algunos algunas ningún ninguna"),
	aux:      list("es son era eran soy estoy está están he ha han había quiero quiere quería quisiera puedo puede podría debo debe necesito necesita tengo tiene hay voy va busco llamo llama"),
	lost:     list("eh em emm ehm mm hmm este pues digamos esto entonces"),
	lostTwo:  pairs("o_sea a_ver es_que cómo_se se_dice déjame_ver y_luego por_ejemplo quiero_decir"),
	link:     list("y pero o"),
	ask:      list("qué quién quiénes dónde cuándo cuánto cuánta cuántos cuántas cómo cuál cuáles adónde puedo puede podría hay es está tiene tienen"),
	asked:    list("con de para"),
	brief:    list("sí no gracias vale claro exacto exactamente nunca hola adiós alto para ok okay quizás quizá bueno bien"),
	nod:      list("mm mhm hm hmm ajá sí vale ya claro ok okay entiendo"),
}, {
	language: "he",
	open:     list("של את עם על אל מן בין לפני אחרי בלי כדי כי אם אבל או וגם אני אנחנו הוא היא בגלל לגבי בתוך אצל ליד לתוך מתוך הכי כל איזה איזו אותו אותה שאני שזה שהוא שהיא כשאני ואני ואז כמו לפי נגד במשך עד מאז ב ל ה ו ש מ"),
	aux:      list("רוצה צריך צריכה יכול יכולה הייתי היה היתה הייתה יש מחפש מחפשת אפשר הולך קוראים"),
	lost:     list("אה אהה אממ אמ אהמ המ המממ כאילו בעצם אז טוב נו"),
	lostTwo:  pairs("בוא_נראה איך_אומרים זאת_אומרת תן_לי רק_רגע איך_להגיד"),
	link:     list("אבל או ואז"),
	ask:      list("מה מי איפה מתי למה מדוע איך כמה האם איזה איזו אילו לאן מאיפה יש אפשר"),
	asked:    list("הוא היא את"),
	brief:    list("כן לא תודה בבקשה בסדר אוקיי אוקי בטח נכון בדיוק שלום ביי די עצור אולי מעולה"),
	nod:      list("מממ אהה אה כן בסדר אוקיי אוקי נכון הבנתי"),
}}
