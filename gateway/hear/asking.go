package hear

import "strings"

// commands are how the intents are put into words in one language.
type commands struct {
	language string
	polite   politeness
	record   []pattern // that this is off the record
	human    []pattern // for a human
}

func patterns(lines string) (all []pattern) {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, compile(line))
		}
	}
	return all
}

// asking is never written to. Each line of patterns is one command.
var asking = [...]commands{{
	language: "en",
	polite: politeness{
		list("please pls hey hi hello ok okay um umm uh uhm er erm hm hmm well so now thanks sorry actually just alright right then yes look listen oh ah and but instead"),
		pairs("thank_you excuse_me right_now if_possible for_now at_once"),
	},
	record: patterns(`
		[this is|this will be|this has to be|this should be|this must be|that is|that's|that was|what i say is|what i say now is|what i am going to say is|everything i say is|let's go|let's stay|let's talk|let's be|can we go|can we talk|could we go|can we speak|may i speak|can i speak|i want to go|i would like to go|i'd like to go|i want to speak|i'd like to speak|i want to talk|go|going|we are|we're|it's|it is|speaking|strictly|totally|completely|all of this is|] [completely|totally|strictly|] [off|of] [the|a|] [record|records] [from now on|from here on|from this point on|]
		[can we|could we|let's|can you|could you|would you|i want to|i'd like to|i would like to|i want you to|i'd like you to|] [keep|make|take|put|have] [this|that|it|everything|our conversation|this conversation|our chat|what i say] [off|of] the [record|records] [from now on|]
		[can you|could you|would you|i want you to|i'd like you to|] [do not|don't|not|stop|never] [record|recording] [this|me|that|anything|it|us|my voice|our conversation|this conversation|our chat|what i say|any of this|this part|the conversation|] [from now on|anymore|any more|]
		[can you|could you|would you|i want you to|i'd like you to|] [do not|don't|not|stop|never] [save|saving|keep|keeping|store|storing] [this|me|that|anything|anything i say|it|our conversation|this conversation|our chat|what i say|any of this|this part|the conversation] [from now on|anymore|any more|]
		[turn|switch] [the|] recording off
		[turn|switch] off [the|] recording
		no recording
		[this is|that is|that's|] off-the-record
		[do not|don't] keep a record [of this|of that|of it|]
		i [do not|don't] want [this|that|it|to be|to have this|this to be|anything|to have this conversation|this conversation] recorded`),
	human: patterns(`
		[i want|i would like|i'd like|i'd prefer|i prefer|i would rather|i'd rather|can i|could i|may i|can you let me|could you let me|let me|i need|i have|i must|is it possible|am i able|how can i|how do i|is there a way|i wanna|i'm asking|] [to|] [talk|speak|chat] [to|with|two] [a|an|some|another|the|one of your|] [real|actual|live|human|] [human|humans|human being|person|people|agent|operator|representative|rep|someone|somebody|someone real|someone human|advisor|adviser|member of staff|staff member|employee|colleague] [of yours|in person|who is human|instead of a machine|instead of an ai|not a machine|not a robot|]
		[i want|i would like|i'd like|can i|could i|may i|let me|i need|] [to|] [talk|speak] [to|with] [a|an] [real|actual|live|] [human|human being|person] about ...
		[can you|could you|would you|will you|] [connect|transfer|pass|forward|put] me [through|over|on|] [to|with] [a|an|the|some|] [real|actual|live|human|] [human|human being|person|agent|operator|representative|rep|someone|somebody|colleague|member of staff]
		[can i|could i|may i|can you|could you|i want|i need|i would like|i'd like|] [to have|have|get me|give me|call|fetch|bring me|get|] [a|an|the] [real|actual|live] [human|human being|person|agent]
		[can i|could i|may i|can you|could you|i want|i need|i would like|i'd like|give me|get me|] [have|] [a|the] [human|human being|operator]
		[real|live|human|a human|a live|a real] [human|person|agent|operator|representative|being]
		[human|operator|representative|agent]
		is there [a|any] [real|human|live] [human|person|agent|being] [there|here|i can talk to|i can speak to|]`),
}, {
	language: "de",
	polite: politeness{
		list("bitte hallo hey hi ok okay äh ähm öh hm hmm also nun jetzt danke gut ja ach oh entschuldigung sorry mal doch einfach sofort lieber und aber gern gerne"),
		pairs("guten_tag vielen_dank danke_schön bitte_schön wenn_möglich"),
	},
	record: patterns(`
		[das ist|das bleibt|das hier ist|das hier bleibt|dies ist|was ich sage ist|das war|ab jetzt|wir sind|] [jetzt|] off the [record|rekord]
		[das ist|das bleibt|das hier ist|das hier bleibt|dies ist|das war|] [jetzt|] [nicht fürs protokoll|nicht für's protokoll|nicht für das protokoll|nicht ins protokoll|außerhalb des protokolls|ohne protokoll|inoffiziell]
		[das bleibt|das hier bleibt|alles bleibt] unter uns
		[bitte|] [das|dies|dieses gespräch|das gespräch|unser gespräch|mich|nichts|das hier|ab jetzt|] [bitte|] [nicht|nichts] [aufzeichnen|aufnehmen|mitschneiden|speichern|protokollieren|festhalten|mehr aufzeichnen|mehr aufnehmen|mehr speichern]
		[nichts] [aufzeichnen|aufnehmen|mitschneiden|speichern]
		[können sie|könnten sie|kannst du|könntest du] [das|dies|das gespräch|mich|das hier] [bitte|] nicht [aufzeichnen|aufnehmen|mitschneiden|speichern]
		[zeichnen sie|zeichne|nehmen sie|nimm] [das|dies|das gespräch|dieses gespräch|unser gespräch|mich|das hier|] [bitte|jetzt|] [nicht|nichts] [mehr|] auf
		[speichern sie|speichere] [das|dies|das gespräch|dieses gespräch|das hier|] [bitte|] [nicht|nichts] [mehr|]
		[ich will|ich möchte] [nicht dass das|nicht dass dies|nicht dass das gespräch] [aufgezeichnet|aufgenommen|gespeichert] wird
		[ich will|ich möchte] [nicht|keine] [aufgezeichnet werden|aufgenommen werden|aufzeichnung|aufnahme]
		[keine|ohne] [aufzeichnung|aufnahme]
		[die|] [aufzeichnung|aufnahme] [stoppen|beenden|aus|ausschalten|abschalten|abbrechen]
		[stopp|stoppen sie|stoppe|beenden sie|beende] [die|] [aufzeichnung|aufnahme]
		[hören sie auf|hör auf] [aufzuzeichnen|aufzunehmen|mitzuschneiden|mich aufzunehmen|mich aufzuzeichnen]`),
	human: patterns(`
		[ich möchte|ich will|ich würde|ich muss|ich würd|kann ich|könnte ich|darf ich|dürfte ich|ich brauche|lassen sie mich|lass mich|wie kann ich|] [bitte|gern|gerne|lieber|jetzt|mal|] [bitte|gern|gerne|lieber|jetzt|mal|] [mit|zu] [einem|einer|einen|nem|'nem|jemandem|ein|] [echten|richtigen|wirklichen|lebendigen|echter|echte|aus fleisch und blut|anderen|] [menschen|mensch|mitarbeiter|mitarbeiterin|person|berater|beraterin|kollegen|kollegin|jemandem|jemand|echtem menschen|angestellten|sachbearbeiter] [sprechen|reden|telefonieren|chatten|verbunden werden]
		[ich möchte|ich will|ich würde|kann ich|könnte ich|darf ich] [bitte|gern|gerne|lieber|] jemanden sprechen
		[verbinden sie mich|verbinde mich|stellen sie mich|können sie mich|könnten sie mich|kannst du mich] [bitte|] [mit|zu] [einem|einer|einen|] [echten|richtigen|] [menschen|mensch|mitarbeiter|mitarbeiterin|person|berater|beraterin|kollegen|kollegin|jemandem|jemand] [durch|verbinden|weiterverbinden|durchstellen|]
		[ich möchte|ich will|ich brauche|geben sie mir|gib mir|holen sie|holen sie mir|hol mir|] [einen|einem] [echten|richtigen|lebendigen|] [menschen|mensch]
		[einen|] [echten|richtigen|] [mensch|menschen]
		[einen|] [mitarbeiter|mitarbeiterin]
		[gibt es|ist] [da|hier|] [einen|ein] [echten|richtigen|echter|richtiger] [menschen|mensch]`),
}, {
	language: "fr",
	polite: politeness{
		list("s'il bonjour salut svp stp merci ok okay euh heu hum bon alors ben bah maintenant oui excusez-moi pardon et mais plutôt s'il-vous-plaît"),
		pairs("s'il_vous s'il_te vous_plaît te_plaît tout_de de_suite"),
	},
	record: patterns(`
		[c'est|ceci est|cela est|ça c'est|ce sera|ça reste|restons|passons|soyons|on est|on passe|parlons|tout ceci est|que ce soit|] [en|] off [the record|]
		[c'est|ceci est|ça reste|ceci reste|restons|] [hors micro|entre nous|confidentiel]
		[est-ce que vous pouvez|pouvez-vous|vous pouvez|peux-tu|] [ne pas|ne plus] [enregistrer|m'enregistrer|conserver|garder|sauvegarder|noter] [ceci|cela|ça|la conversation|cette conversation|notre conversation|ce que je dis|]
		[n'enregistrez|n'enregistre|ne m'enregistrez|ne m'enregistre|ne l'enregistrez|ne nous enregistrez|enregistrez|enregistre] [pas|plus|rien] [ceci|cela|ça|la conversation|cette conversation|notre conversation|ce que je dis|]
		ne [gardez|conservez|sauvegardez|notez|garde|conserve|note] [pas|plus|rien] [ceci|cela|ça|la conversation|cette conversation|ce que je dis|de ceci|de tout ça|de ça|]
		[arrêtez|arrête|arrêter|cessez|stop|stoppez] [d'enregistrer|de m'enregistrer|l'enregistrement|d'enregistrement]
		[pas|sans|plus] d'enregistrement
		je ne [veux|souhaite] pas être [enregistré|enregistrée]
		je ne [veux|souhaite] pas que [ce soit|ceci soit|cela soit|la conversation soit] [enregistré|enregistrée]`),
	human: patterns(`
		[je voudrais|je veux|j'aimerais|je souhaite|je souhaiterais|je préfère|je préférerais|puis-je|pourrais-je|je peux|je pourrais|est-ce que je peux|est-ce que je pourrais|j'ai besoin de|laissez-moi|c'est possible de|est-ce possible de|on peut|peut-on|comment|] [parler|discuter|échanger] [à|avec|a] [un|une|quelqu'un|des|] [vrai|vraie|véritable|autre|] [humain|humaine|personne|être humain|conseiller|conseillère|agent|opérateur|opératrice|employé|employée|collaborateur|collègue|quelqu'un|gens|] [réel|réelle|humain|humaine|de vrai|en vrai|physique|] [au sujet de ...|à propos de ...|]
		[passez-moi|passe-moi|donnez-moi|je veux|je voudrais|j'aimerais|appelez|] [un|une] [vrai|vraie|véritable] [humain|personne|conseiller|agent|opérateur]
		[passez-moi|passe-moi|donnez-moi|je veux|je voudrais|appelez|] [un|une|] [humain|être humain|opérateur|opératrice|conseiller humain|conseillère|agent humain|personne réelle]
		[mettez-moi en relation|mettez-moi en contact|transférez-moi|connectez-moi|pouvez-vous me transférer|pouvez-vous me passer|pouvez-vous me mettre en relation] [à|avec|vers|] [un|une|quelqu'un] [vrai|vraie|] [humain|personne|conseiller|conseillère|agent|opérateur|être humain|]`),
}, {
	language: "es",
	polite: politeness{
		list("hola oye oiga ok okay vale eh em este pues bueno ahora gracias perdón perdone disculpe disculpa sí y pero mejor"),
		pairs("por_favor muchas_gracias ahora_mismo buenos_días buenas_tardes si_posible"),
	},
	record: patterns(`
		[esto es|esto queda|esto va|esto|que esto sea|que sea|que quede|todo esto es|hablemos|estamos|] [off the record|extraoficial|extraoficialmente|fuera de registro|fuera del registro|fuera de micrófono|entre nosotros|confidencial]
		[puede|puedes|podría|podrías|] no [me|lo|nos|] [grabes|grabe|graben|grabar|grabarme|grabarlo|registres|registre|registrar|guardes|guarde|guarden|guardar|guardarlo|anotes|anote|anoten|anotar|almacenes|almacene] [esto|eso|nada|nada de esto|la conversación|esta conversación|nuestra conversación|lo que digo|]
		[deja|deje|dejen|para|pare|paren] de [grabar|grabarme|registrar|guardar esto|grabar esto|grabar la conversación]
		[apaga|apague|desactiva|desactive|detén|detenga|corta|para] la grabación
		[sin|ninguna|no] [grabar|grabación|grabaciones]
		no quiero que [esto|se|me|nada|la conversación] [se|] [grabe|graben|quede grabado|quede registrado|registre|guarde]
		que [esto|] no [quede|se quede] [registrado|grabado|constancia|en el registro]`),
	human: patterns(`
		[quiero|quisiera|me gustaría|puedo|podría|necesito|prefiero|preferiría|déjame|déjeme|deseo|querría|se puede|es posible|cómo puedo|] [hablar|conversar|chatear|comunicarme] con [un|una|alguna|algún|el|otra|otro|] [humano|humana|persona|agente|operador|operadora|ser humano|asesor|asesora|alguien|representante|empleado|empleada|compañero|gente] [real|de verdad|humano|humana|de carne y hueso|] [sobre ...|]
		[páseme|pásame|comuníqueme|comunícame|conécteme|conéctame|ponme|póngame|transfiérame|transfiéreme|me puede pasar|me puede comunicar|puede pasarme|me pasas|me pone] con [un|una|] [humano|humana|persona|agente|operador|operadora|ser humano|asesor|asesora|alguien|representante|compañero] [real|de verdad|humano|humana|]
		[quiero|quisiera|necesito|deme|dame|] [un|una|] [humano|persona real|persona de verdad|ser humano|agente humano|operador|operadora|agente real|representante]`),
}, {
	language: "he",
	polite: politeness{
		list("בבקשה שלום היי אוקיי אוקי אה אממ אהמ המ טוב אז עכשיו תודה סליחה כן רגע ו אבל פשוט"),
		pairs("תודה_רבה אם_אפשר ברגע_זה"),
	},
	record: patterns(`
		[זה|הכל|כל זה|שזה יהיה|אנחנו|מה שאני אומר|מה שאני אומרת|] [לא לציטוט|שלא לציטוט|אוף דה רקורד|אוף רקורד|לא לפרוטוקול|שלא לפרוטוקול|מחוץ לפרוטוקול|off the record]
		[זה|הכל|שזה יישאר|זה נשאר|שיישאר] [ביני לבינך|בינינו]
		[אפשר|אני מבקש|אני מבקשת|] [אל תקליט|אל תקליטי|אל תקליטו|לא להקליט|תפסיק להקליט|תפסיקי להקליט|תפסיקו להקליט|להפסיק להקליט|בלי להקליט|אל תשמור|אל תשמרי|אל תשמרו|לא לשמור|אל תרשום|אל תרשמי|אל תרשמו] [את זה|את השיחה|את השיחה הזאת|את השיחה הזו|אותי|כלום|שום דבר|את מה שאני אומר|את מה שאני אומרת|]
		[בלי|ללא] [הקלטה|הקלטות]
		[תכבה|תכבי|תכבו|תעצור|תעצרי|לכבות|לעצור|להפסיק] את ההקלטה
		אני לא [רוצה|מסכים|מסכימה] [שזה יוקלט|שתקליט|שתקליטו|שתקליטי|להיות מוקלט|להיות מוקלטת|שיקליטו|שיקליטו אותי]`),
	human: patterns(`
		[אני רוצה|הייתי רוצה|אפשר|אני יכול|אני יכולה|אני צריך|אני צריכה|אני מעדיף|אני מעדיפה|תן לי|תני לי|תנו לי|אני מבקש|אני מבקשת|האם אפשר|איך אפשר|] [לדבר|לשוחח] עם [בן אדם|אדם|בנאדם|נציג|נציגה|מישהו|מישהי|איש|נציג שירות|איש צוות|עובד|מפעיל] [אמיתי|אמיתית|אנושי|אנושית|חי|] [על ...|לגבי ...|]
		[תעביר אותי|תעבירי אותי|תעבירו אותי|תחבר אותי|תחברי אותי|חבר אותי|העבר אותי|אפשר לעבור|] [לנציג|לנציגה|לבן אדם|לאדם|למישהו|לבנאדם|לנציג שירות|למפעיל] [אמיתי|אנושי|אנושית|אמיתית|]
		[אני רוצה|אני צריך|אני צריכה|תביא לי|תן לי|] [נציג|נציגה|נציג אנושי|בן אדם|בן אדם אמיתי|אדם אמיתי|נציגה אנושית|מפעיל]`),
}}
