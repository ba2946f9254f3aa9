package resident

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"mayfly/gateway/avatar/resident/stem"
	"mayfly/session"
)

// intent is what a turn is for when it is not a question to the documents.
type intent uint8

const (
	ask intent = iota
	greet
	thanks
	bye
	can
	who
	model
	stop
	again
	more
	human
)

// sayings are whole turns, folded, words separated by one space. A turn that
// has more in it than a saying and fillers is a question.
var sayings = map[string]map[string]intent{
	"en": turns(map[intent]string{
		greet:  "hi|hello|hey|hiya|good morning|good afternoon|good evening|good day|greetings|hi there|hello there|hey there|howdy|how are you|how do you do|hello how are you|hi how are you",
		thanks: "thanks|thank you|thank you very much|thanks a lot|many thanks|cheers|thx|ty|great thanks|ok thanks|thank you so much|that helps|that helped|perfect thanks",
		bye:    "bye|goodbye|good bye|bye bye|see you|see you later|good night|farewell|have a nice day|im done|thats all|that is all|thats it",
		can:    "what can you do|what do you do|what can you do for me|how can you help|how can you help me|what can i ask|what can i ask you|what can you tell me|what do you know|help|help me|what are you for|what can you answer|what questions can i ask|what are you able to do",
		who:    "who are you|what are you|whats your name|what is your name|introduce yourself|tell me about yourself|who am i talking to|who am i speaking to|what is this|whats this|hi what is this|hello what is this|are you an ai|who exactly are you|what exactly are you|tell me who you are|what am i looking at|what is an avatar|whats an avatar|where are you from|where do you come from|where do you live|what do i see here|do you have a name|may i ask your name|are you ai|are you a computer|are you an avatar",
		model:  "are you a language model|are you an llm|are you llm|are you chatgpt|are you gpt|are you a large language model|is this chatgpt|are you claude|are you gemini|are you openai|which language model are you|what language model are you|is this an llm|are you a llm|are you based on chatgpt|are you the same as chatgpt|are you like chatgpt|do you use gpt|are you an openai model|do you use chatgpt|do you use a language model",
		stop:   "stop|stop it|stop talking|stop please|be quiet|quiet|shut up|enough|thats enough|silence|hush|cancel|pause|wait|never mind|nevermind",
		again:  "repeat|repeat that|repeat it|say that again|say it again|again|once more|one more time|pardon|sorry what|what did you say|come again|can you repeat that|could you repeat that|can you say that again|could you say that again|i didnt hear that|i did not hear that|repeat your answer|can you repeat|what was that|excuse me",
		more:   "more|tell me more|go on|and then|continue|what else|anything else|say more|more please|more about that|tell me more about that|keep going|and|why|how so|explain|explain that",
		human:  "human|a human|talk to a human|speak to a human|speak with a human|talk with a human|i want to talk to a human|i want a human|can i talk to a human|can i speak to a human|can i speak with a human|i want to speak to a human|i would like to talk to a human|i would like to speak to a human|get me a human|give me a human|human please|a human please|i want to talk to somebody|i want to talk to a real human|can i talk to a real human|can i speak to a real human|agent|operator|real person|a real person|talk to a person|speak to a person|talk to a real person|speak to a real person|can i talk to a real person|can i talk to a person|can i talk to someone|can i speak to someone|connect me to a human|i need a human|let me talk to a human|talk to someone|representative|customer service|person",
	}),
	"de": turns(map[intent]string{
		greet:  "hallo|hi|hey|guten tag|guten morgen|guten abend|servus|moin|gruss gott|gruezi|wie geht es dir|wie gehts|wie geht es ihnen|hallo wie geht es dir|hallo wie geht es ihnen",
		thanks: "dank|danke|danke schon|vielen dank|danke sehr|besten dank|ich danke dir|ich danke ihnen|super danke|herzlichen dank",
		bye:    "tschuss|auf wiedersehen|bis bald|bis dann|ciao|gute nacht|auf wiederhoren|das wars|das war alles",
		can:    "was kannst du|was konnen sie|was kannst du alles|was konnen sie fur mich tun|was kannst du fur mich tun|hilfe|wie kannst du mir helfen|wie konnen sie mir helfen|was kann ich fragen|was kann ich dich fragen|was kann ich sie fragen|was weisst du|was wissen sie",
		who:    "wer bist du|wer sind sie|was bist du|was sind sie|wie heisst du|wie heissen sie|mit wem spreche ich|mit wem rede ich|bist du eine ki|sind sie eine ki|stell dich vor|was ist das|bist du ein computer|bist du ein avatar",
		model:  "bist du ein sprachmodell|sind sie ein sprachmodell|bist du chatgpt|sind sie chatgpt|bist du ein llm|ist das chatgpt|bist du gpt|welches sprachmodell bist du|bist du ein grosses sprachmodell",
		stop:   "stopp|stop|halt|hor auf|horen sie auf|ruhe|sei still|genug|es reicht|abbrechen|schluss|warte|warten sie",
		again:  "wiederholen|wiederhole|wiederhole das|wiederholen sie|wiederholen sie das|noch einmal|nochmal|noch mal|sag das noch einmal|sag das nochmal|sagen sie das noch einmal|wie bitte|was hast du gesagt|was haben sie gesagt|kannst du das wiederholen|konnen sie das wiederholen",
		more:   "mehr|weiter|erzahl mehr|erzahl mir mehr|erzahlen sie mehr|mehr dazu|und weiter|mach weiter|was noch|und|warum|wieso|mehr davon",
		human:  "mensch|ein mensch|einen menschen|ich will mit einem menschen sprechen|ich mochte mit einem menschen sprechen|mit einem menschen sprechen|mit einem menschen reden|ich will mit einem menschen reden|ich mochte einen menschen|mitarbeiter|echte person|ich mochte mit einer person sprechen|verbinden sie mich mit einem menschen|verbinde mich mit einem menschen",
	}),
	"fr": turns(map[intent]string{
		greet:  "bonjour|salut|bonsoir|coucou|allo|hello|comment ca va|comment allez vous|comment vas tu|bonjour comment allez vous|ca va",
		thanks: "merci|merci beaucoup|merci bien|je vous remercie|je te remercie|super merci|mille mercis",
		bye:    "au revoir|a bientot|a plus|salut a bientot|bonne nuit|adieu|bonne journee|a plus tard|c est tout|ce sera tout",
		can:    "que peux tu faire|que pouvez vous faire|que sais tu faire|que savez vous faire|qu est ce que tu peux faire|qu est ce que vous pouvez faire|aide|aide moi|aidez moi|comment peux tu m aider|comment pouvez vous m aider|que puis je demander|que sais tu|que savez vous",
		who:    "qui es tu|qui etes vous|tu es qui|vous etes qui|qu es tu|comment tu t appelles|comment vous appelez vous|comment t appelles tu|quel est ton nom|quel est votre nom|a qui je parle|es tu une ia|etes vous une ia|c est quoi|presente toi|presentez vous",
		model:  "es tu un modele de langue|etes vous un modele de langue|es tu un modele de langage|etes vous un modele de langage|es tu chatgpt|etes vous chatgpt|c est chatgpt|es tu un llm|es tu gpt|est ce chatgpt",
		stop:   "stop|arrete|arretez|arrete toi|arretez vous|tais toi|taisez vous|silence|ca suffit|assez|annule|attends|attendez",
		again:  "repete|repetez|repete ca|repeter|peux tu repeter|pouvez vous repeter|encore|encore une fois|redis le|pardon|comment|qu as tu dit|qu avez vous dit|tu peux repeter|vous pouvez repeter|repetez s il vous plait|repete s il te plait",
		more:   "plus|dis m en plus|dites m en plus|continue|continuez|et ensuite|en savoir plus|quoi d autre|et|pourquoi|la suite",
		human:  "humain|un humain|parler a un humain|parler a une personne|je veux parler a un humain|je voudrais parler a un humain|je veux parler a une personne|je voudrais parler a quelqu un|je veux un humain|conseiller|un conseiller|une vraie personne|une personne reelle",
	}),
	"es": turns(map[intent]string{
		greet:  "hola|buenos dias|buenas tardes|buenas noches|buenas|que tal|como estas|como esta|hola que tal|hola como estas|saludos|hey",
		thanks: "gracias|muchas gracias|mil gracias|te lo agradezco|se lo agradezco|genial gracias|vale gracias",
		bye:    "adios|hasta luego|hasta pronto|chao|chau|nos vemos|hasta manana|eso es todo|nada mas",
		can:    "que puedes hacer|que puede hacer|que sabes hacer|que sabe hacer|ayuda|ayudame|como puedes ayudarme|como puede ayudarme|en que puedes ayudarme|que puedo preguntar|que puedo preguntarte|que sabes|que sabe",
		who:    "quien eres|quien es usted|que eres|como te llamas|como se llama|cual es tu nombre|con quien hablo|eres una ia|es usted una ia|que es esto|presentate",
		model:  "eres un modelo de lenguaje|es usted un modelo de lenguaje|eres chatgpt|es usted chatgpt|esto es chatgpt|eres un llm|eres gpt|eres un modelo de idioma",
		stop:   "para|pare|parate|alto|basta|detente|detengase|callate|silencio|cancela|cancelar|espera|espere|stop|ya basta",
		again:  "repite|repita|repitelo|repitalo|repetir|otra vez|una vez mas|de nuevo|puedes repetir|puede repetir|puedes repetirlo|puede repetirlo|como dices|que has dicho|que dijiste|que ha dicho|perdon|repite por favor|repita por favor",
		more:   "mas|dime mas|digame mas|cuentame mas|sigue|siga|continua|continue|y que mas|que mas|y|por que|y luego",
		human:  "humano|un humano|persona|una persona|hablar con un humano|hablar con una persona|quiero hablar con un humano|quiero hablar con una persona|quisiera hablar con una persona|quiero una persona|agente|un agente|persona real|una persona real|quiero hablar con alguien",
	}),
	"he": turns(map[intent]string{
		greet:  "שלום|היי|הי|אהלן|בוקר טוב|ערב טוב|צהריים טובים|מה שלומך|מה נשמע|מה קורה|שלום מה שלומך|הלו",
		thanks: "תודה|תודה רבה|המון תודה|תודה לך|אני מודה לך",
		bye:    "להתראות|ביי|שלום ולהתראות|לילה טוב|נתראה|זה הכול|זה הכל",
		can:    "מה אתה יכול לעשות|מה את יכולה לעשות|במה אתה יכול לעזור|איך אתה יכול לעזור|עזרה|עזור לי|מה אפשר לשאול|מה אפשר לשאול אותך|מה אתה יודע",
		who:    "מי אתה|מי את|מה אתה|מה את|איך קוראים לך|מה שמך|מה השם שלך|עם מי אני מדבר|עם מי אני מדברת|אתה בינה מלאכותית|האם אתה בינה מלאכותית|מה זה",
		model:  "אתה מודל שפה|האם אתה מודל שפה|אתה צאט גיפיטי|האם אתה chatgpt|אתה chatgpt|זה chatgpt|את מודל שפה|האם את מודל שפה",
		stop:   "עצור|עצרי|תעצור|תפסיק|תפסיקי|הפסק|די|מספיק|שקט|סטופ|רגע|חכה|בטל",
		again:  "חזור|חזור שוב|שוב|עוד פעם|תחזור|תחזור על זה|חזור על זה|מה אמרת|סליחה|תגיד שוב|אפשר לחזור|אפשר לחזור על זה",
		more:   "עוד|ספר לי עוד|תמשיך|המשך|ומה עוד|מה עוד|למה|ואז|עוד על זה",
		human:  "אדם|בן אדם|נציג|נציגה|אני רוצה לדבר עם אדם|אני רוצה לדבר עם בן אדם|אני רוצה נציג|לדבר עם אדם|לדבר עם בן אדם|לדבר עם נציג|אדם אמיתי|תעביר אותי לנציג|אני רוצה לדבר עם מישהו",
	}),
}

// fillers are left out before a turn is compared with the sayings.
var fillers = map[string]map[string]bool{
	"en": set("please pls sorry excuse now then just kindly so well um uh dear okay ok oh and exactly actually really"),
	"de": set("bitte jetzt mal doch denn also nun ok okay ah"),
	"fr": set("s il vous te plait svp stp alors donc maintenant ok bon"),
	"es": set("por favor ahora pues bueno ok vale entonces"),
	"he": set("בבקשה עכשיו נא אוקיי אז טוב"),
}

// praise is what people add to thanks: "Thank you, that was very helpful".
var praise = map[string]map[string]bool{
	"en": set("that this was is very so much really great good nice cool helpful useful interesting clear perfect wonderful awesome for your the help answer answers information explanation all a lot"),
	"de": set("das die war ist sehr so gut super toll hilfreich nutzlich interessant klar perfekt fur deine ihre hilfe antwort antworten auskunft vielen"),
	"fr": set("c est etait tres bien super utile interessant clair parfait pour votre ton ta aide reponse reponses l infiniment"),
	"es": set("eso esto ha sido fue es muy bien genial util interesante claro perfecto por tu su ayuda respuesta respuestas la informacion"),
	"he": set("זה היה ממש מאוד טוב מצוין עזר מועיל מעניין ברור על העזרה התשובה"),
}

// turns makes the table of one language.
func turns(all map[intent]string) map[string]intent {
	table := map[string]intent{}
	for what, list := range all {
		for saying := range strings.SplitSeq(list, "|") {
			table[string(folded([]byte(saying), nil, nil))] = what
		}
	}
	return table
}

// folded is text as sayings are written. Words in skip are left out, as is the
// avatar's name. Whoever calls it clears it.
func folded(text []byte, skip map[string]bool, name []byte) []byte {
	out := make([]byte, 0, 3*len(text)+1)
	eachWord(text, func(word []byte) {
		if skip[string(word)] || len(name) > 0 && string(name) == string(word) {
			return
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, word...)
	})
	return out
}

// understand says what a turn is for. A greeting or thanks before a question
// is not the turn's purpose.
func understand(language string, text []byte, name string) intent {
	const longest = 120 // bytes; longer turns are questions
	if len(text) > longest {
		return ask
	}
	table, skip := sayings[language], fillers[language]
	own := stem.Fold(nil, []byte(name))
	for i, leave := range []map[string]bool{nil, skip, praise[language]} {
		said := folded(text, leave, own)
		what, ok := table[string(said)]
		if !ok {
			what = nearly(table, said)
		}
		clear(said)
		if what != ask && (i < 2 || what == thanks) {
			return what
		}
	}
	return ask
}

// afterGreeting is what follows a greeting or thanks at the beginning: of
// "Good morning, is this recorded?" the question. The greeting is cleared.
func afterGreeting(language string, text []byte, name string) []byte {
	const longest = 40 // bytes
	cut := bytes.IndexAny(text, ",.!–")
	if cut < 0 || cut > longest {
		return text
	}
	_, n := utf8.DecodeRune(text[cut:])
	rest := text[cut+n:]
	if !bytes.ContainsFunc(rest, unicode.IsLetter) {
		return text
	}
	if what := understand(language, text[:cut], name); what != greet && what != thanks {
		return text
	}
	clear(text[:cut])
	return rest
}

// nearly finds the saying that said is but one letter away from: "thansk".
func nearly(table map[string]intent, said []byte) intent {
	const shortest, longest = 5, 30
	if len(said) < shortest || len(said) > longest {
		return ask
	}
	for saying, what := range table {
		if len(saying) >= shortest && saying[0] == said[0] && distance(said, saying, 1) <= 1 {
			return what
		}
	}
	return ask
}

// WantsHuman says that the words are nothing but a wish to talk to a human, in
// the language of the locale: "Human, please". It is for the gateway, which
// can call one, whatever engine answers.
func WantsHuman(locale string, words session.Speech) bool {
	text := words.AppendTo(nil)
	defer clear(text)
	return understand(primary(locale), text, "") == human
}
