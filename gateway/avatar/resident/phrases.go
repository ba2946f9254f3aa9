package resident

// phrases is what resident says of its own accord in one language. {name} is
// the avatar, {org} the organisation, {titles} a few documents, {title} one,
// {language} another language's name. A full stop ends a sentence.
type phrases struct {
	greet, thanks, bye, stop string
	can                      string // what can you do
	canTitles                string // added to can when there are documents
	who                      string // who are you; {of} is of
	of                       string // " of {org}", left out without an organisation
	model                    string // are you a language model
	human                    string // talk to a human
	nothing                  string // nothing to repeat, nothing more to say
	unknown, offer           string // no answer; a human
	nearest                  string // no answer, but something that may be meant
	elsewhere                string // no answer, but in another language there is one
	source                   string // where it comes from
	and                      string // between the last two of a list
	quote                    [2]string
	languages                map[string]string
}

// spoken holds the phrases, by primary subtag.
var spoken = map[string]*phrases{
	"en": {
		greet:     "Hello. I am {name}, an AI avatar. What would you like to know?",
		thanks:    "You are welcome.",
		bye:       "Goodbye. When you end the conversation, I forget it.",
		stop:      "All right, I stop.",
		can:       "I answer questions from a small set of documents, and I say which one the answer is from. You can also say stop, repeat that, or ask for a human.",
		canTitles: "There is something about {titles}.",
		who:       "I am {name}, an AI avatar{of}. I am not a human, and not a language model either: I look for sentences in documents and say them.",
		of:        " of {org}",
		model:     "No, I am not a language model. I am a program that looks for sentences in documents and says them, so I make nothing up.",
		human:     "You can ask for a human at any time; on the page there is a button for it. I am an AI, and I cannot promise that somebody is there.",
		nothing:   "I have nothing to repeat yet.",
		unknown:   "I do not know that: it is not in my documents.",
		offer:     "If you like, you can ask for a human.",
		nearest:   "The nearest that I have is {title}.",
		elsewhere: "I have something about it in {language} only: {title}.",
		source:    "That is from {title}.",
		and:       " and ",
		quote:     [2]string{"“", "”"},
		languages: map[string]string{"en": "English", "de": "German", "fr": "French", "es": "Spanish", "he": "Hebrew"},
	},
	"de": {
		greet:     "Guten Tag. Ich bin {name}, ein KI-Avatar. Was möchten Sie wissen?",
		thanks:    "Gern geschehen.",
		bye:       "Auf Wiedersehen. Wenn Sie das Gespräch beenden, vergesse ich es.",
		stop:      "In Ordnung, ich höre auf.",
		can:       "Ich beantworte Fragen aus wenigen Dokumenten und sage, aus welchem die Antwort stammt. Sie können auch Stopp oder Wiederholen sagen oder nach einem Menschen fragen.",
		canTitles: "Es gibt etwas über {titles}.",
		who:       "Ich bin {name}, ein KI-Avatar{of}. Ich bin kein Mensch und auch kein Sprachmodell: Ich suche Sätze in Dokumenten und sage sie.",
		of:        " von {org}",
		model:     "Nein, ich bin kein Sprachmodell. Ich bin ein Programm, das Sätze in Dokumenten sucht und sagt, deshalb erfinde ich nichts.",
		human:     "Sie können jederzeit um einen Menschen bitten; auf der Seite gibt es dafür eine Schaltfläche. Ich bin eine KI und kann nicht versprechen, dass jemand da ist.",
		nothing:   "Ich habe noch nichts zu wiederholen.",
		unknown:   "Das weiß ich nicht: Es steht nicht in meinen Dokumenten.",
		offer:     "Wenn Sie möchten, können Sie um einen Menschen bitten.",
		nearest:   "Am nächsten kommt dem, was ich habe: {title}.",
		elsewhere: "Ich habe dazu nur etwas auf {language}: {title}.",
		source:    "Das steht in {title}.",
		and:       " und ",
		quote:     [2]string{"„", "“"},
		languages: map[string]string{"en": "Englisch", "de": "Deutsch", "fr": "Französisch", "es": "Spanisch", "he": "Hebräisch"},
	},
	"fr": {
		greet:     "Bonjour. Je suis {name}, un avatar d'IA. Que voulez-vous savoir ?",
		thanks:    "Je vous en prie.",
		bye:       "Au revoir. Quand vous mettez fin à la conversation, je l'oublie.",
		stop:      "D'accord, je m'arrête.",
		can:       "Je réponds aux questions à partir de quelques documents, et je dis duquel vient la réponse. Vous pouvez aussi dire stop, répète, ou demander un humain.",
		canTitles: "Il y a quelque chose sur {titles}.",
		who:       "Je suis {name}, un avatar d'IA{of}. Je ne suis pas un humain, ni un modèle de langue : je cherche des phrases dans des documents et je les dis.",
		of:        " de {org}",
		model:     "Non, je ne suis pas un modèle de langue. Je suis un programme qui cherche des phrases dans des documents et les dit, donc je n'invente rien.",
		human:     "Vous pouvez demander un humain à tout moment ; la page a un bouton pour cela. Je suis une IA, et je ne peux pas promettre que quelqu'un soit là.",
		nothing:   "Je n'ai encore rien à répéter.",
		unknown:   "Je ne le sais pas : ce n'est pas dans mes documents.",
		offer:     "Si vous le souhaitez, vous pouvez demander un humain.",
		nearest:   "Ce que j'ai de plus proche : {title}.",
		elsewhere: "Je n'ai quelque chose à ce sujet qu'en {language} : {title}.",
		source:    "Cela vient de {title}.",
		and:       " et ",
		quote:     [2]string{"« ", " »"},
		languages: map[string]string{"en": "anglais", "de": "allemand", "fr": "français", "es": "espagnol", "he": "hébreu"},
	},
	"es": {
		greet:     "Hola. Soy {name}, un avatar de IA. ¿Qué desea saber?",
		thanks:    "De nada.",
		bye:       "Adiós. Cuando termine la conversación, la olvido.",
		stop:      "De acuerdo, paro.",
		can:       "Respondo preguntas a partir de unos pocos documentos y digo de cuál viene la respuesta. También puede decir para, repite, o pedir una persona.",
		canTitles: "Hay algo sobre {titles}.",
		who:       "Soy {name}, un avatar de IA{of}. No soy un ser humano ni un modelo de lenguaje: busco frases en documentos y las digo.",
		of:        " de {org}",
		model:     "No, no soy un modelo de lenguaje. Soy un programa que busca frases en documentos y las dice, así que no invento nada.",
		human:     "Puede pedir una persona en cualquier momento; en la página hay un botón para ello. Soy una IA y no puedo prometer que haya alguien.",
		nothing:   "Todavía no tengo nada que repetir.",
		unknown:   "No lo sé: no está en mis documentos.",
		offer:     "Si lo desea, puede pedir una persona.",
		nearest:   "Lo más cercano que tengo es {title}.",
		elsewhere: "Solo tengo algo sobre eso en {language}: {title}.",
		source:    "Eso viene de {title}.",
		and:       " y ",
		quote:     [2]string{"«", "»"},
		languages: map[string]string{"en": "inglés", "de": "alemán", "fr": "francés", "es": "español", "he": "hebreo"},
	},
	"he": {
		greet:     "שלום. אני {name}, דמות של בינה מלאכותית. מה תרצו לדעת?",
		thanks:    "בבקשה.",
		bye:       "להתראות. כשתסיימו את השיחה, אשכח אותה.",
		stop:      "בסדר, אני מפסיק.",
		can:       "אני עונה על שאלות מתוך כמה מסמכים, ואומר מאיזה מסמך התשובה. אפשר גם לומר עצור, חזור שוב, או לבקש אדם.",
		canTitles: "יש משהו על {titles}.",
		who:       "אני {name}, דמות של בינה מלאכותית{of}. אני לא בן אדם וגם לא מודל שפה: אני מחפש משפטים במסמכים ואומר אותם.",
		of:        " של {org}",
		model:     "לא, אני לא מודל שפה. אני תוכנה שמחפשת משפטים במסמכים ואומרת אותם, ולכן אני לא ממציא דבר.",
		human:     "אפשר לבקש אדם בכל רגע; בדף יש כפתור לכך. אני בינה מלאכותית, ואני לא יכול להבטיח שמישהו נמצא.",
		nothing:   "עדיין אין לי על מה לחזור.",
		unknown:   "את זה אני לא יודע: זה לא במסמכים שלי.",
		offer:     "אם תרצו, אפשר לבקש אדם.",
		nearest:   "הקרוב ביותר שיש לי: {title}.",
		elsewhere: "יש לי משהו על זה רק ב{language}: {title}.",
		source:    "זה מתוך {title}.",
		and:       " ו",
		quote:     [2]string{"\"", "\""},
		languages: map[string]string{"en": "אנגלית", "de": "גרמנית", "fr": "צרפתית", "es": "ספרדית", "he": "עברית"},
	},
}
