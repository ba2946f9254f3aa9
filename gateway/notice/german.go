package notice

import "mayfly/gateway/tenant"

func german() language {
	return language{
		locale: "de", name: "Deutsch", direction: "ltr", version: "2026-11-26",
		text: "Das ist ein KI-Avatar. Sie sprechen mit einem Computerprogramm, nicht mit einem Menschen. " +
			"Dieser Dienst verarbeitet Ihre Worte nur im Arbeitsspeicher und vergisst sie, wenn die Sitzung endet, " +
			"außer man sagt Ihnen, dass das Gespräch aufgezeichnet wird. Sie können das ablehnen. " +
			"Sie können jederzeit nach einem Menschen fragen.",
		spoken: "Guten Tag. Bevor wir anfangen: Ich bin eine KI, kein Mensch. " +
			"Was Sie sagen, bleibt hier nur im Arbeitsspeicher und ist danach weg, " +
			"außer man sagt Ihnen, dass es aufgezeichnet wird. Das können Sie ablehnen. " +
			"Sie können jederzeit nach einem Menschen fragen.",
		minors: "Das ist ein KI-Avatar: ein Computerprogramm, kein Mensch, auch wenn es so aussieht oder klingt. " +
			"Es kann sich irren. Frag bei wichtigen Dingen einen Erwachsenen. " +
			"Dieser Dienst vergisst, was du sagst, wenn die Sitzung endet. " +
			"Verrate bitte nicht deinen ganzen Namen und nicht, wo du wohnst. " +
			"Du kannst jederzeit nach einem Menschen fragen.",
		minorsSpoken: "Hallo. Bevor wir anfangen: Ich bin eine KI, ein Computerprogramm, kein Mensch. Ich kann mich irren. " +
			"Was du sagst, ist hier danach weg. " +
			"Du kannst jederzeit nach einem Menschen fragen.",
		fixed: map[Key]string{
			WhatIAm:     "Ich bin eine KI, also ein Computerprogramm. Ich bin kein Mensch. Sie können jederzeit nach einem Menschen fragen.",
			Correction:  "Damit es klar ist: Ich bin eine KI und kein Mensch.",
			Expiring:    "Diese Sitzung endet gleich. Sie können danach eine neue beginnen.",
			Idle:        "Es war eine Weile still. Wenn Sie weitermachen möchten, sagen oder schreiben Sie einfach etwas.",
			Draining:    "Dieser Dienst wird gleich neu gestartet, deshalb endet die Sitzung bald.",
			Unreachable: "Ich erreiche gerade nicht, was für mich antwortet. Bitte versuchen Sie es gleich noch einmal.",
			Late:        "Die Antwort hat zu lange gedauert. Bitte fragen Sie noch einmal.",
			Broken:      "Etwas ist schiefgegangen, und ich konnte die Antwort nicht beenden. Bitte fragen Sie noch einmal.",
			Stopped:     "Die Antwort wurde angehalten.",
			Busy:        "Gerade sprechen zu viele Menschen mit mir. Bitte versuchen Sie es gleich noch einmal.",
			HumanAsked:  "Ich habe einen Menschen gerufen. Bitte warten Sie einen Moment.",
			HumanHere:   "Sie sprechen jetzt mit einem Menschen.",
			HumanGone:   "Der Mensch ist gegangen. Sie sprechen wieder mit einer KI.",
			HumanAbsent: "Im Moment ist kein Mensch erreichbar.",
			NoVoice:     "Für diese Sprache habe ich keine Stimme, deshalb antworte ich schriftlich.",
			Reminder:    "Zur Erinnerung: Sie sprechen mit einer KI, nicht mit einem Menschen.",
			Break:       "Sie sprechen schon lange. Jetzt ist ein guter Moment für eine Pause.",
		},
		words: [words]string{NotRecorded: "Nicht aufgezeichnet", NotRecordedHere: "Hier nicht aufgezeichnet, gesendet an {names}", IfYouAgree: "Aufgezeichnet, wenn Sie zustimmen", UnlessYouSayNo: "Aufgezeichnet, wenn Sie nicht ablehnen"},
		facts: facts{
			answersHere: "Die Antworten kommen von Mayfly selbst, auf diesem Server.",
			chain: chain{
				answersElsewhere: "Die Antworten kommen von {name}. Was Sie sagen, wird dorthin geschickt.",
				speechElsewhere:  "Die Stimme kommt von {name}. Die Antworten werden dorthin geschickt, um gesprochen zu werden.",
				hearsElsewhere:   "Ihre Stimme wird an {name} geschickt, um sie in Text umzuwandeln.",
				answersInstead:   "Notfalls kommen die Antworten von {name}. Was Sie sagen, wird dann dorthin geschickt.",
				speechInstead:    "Notfalls kommt die Stimme von {name}. Die Antworten werden dann dorthin geschickt, um gesprochen zu werden.",
				toolElsewhere:    "Um etwas nachzusehen oder für Sie zu tun, kann der Avatar {name} fragen. Was er dafür von dem braucht, was Sie sagen, wird dorthin geschickt.",
				picturesToo:      "Bilder, die Sie zeigen, werden auch dorthin geschickt.",
				undeclared:       "{name} hat nicht angegeben, ob das dort aufbewahrt wird, wie lange und wo, und ob damit Modelle trainiert werden.",
				keepsUnsaid:      "{name} hat nicht angegeben, ob und wie lange das dort aufbewahrt wird.",
				keepsNone:        "{name} gibt an, davon nichts aufzubewahren.",
				keepsDay:         "{name} gibt an, das höchstens einen Tag lang{where} aufzubewahren.",
				keepsDays:        "{name} gibt an, das höchstens {days} Tage lang{where} aufzubewahren.",
				placed:           "Der Server steht nach eigener Angabe{where}.",
				unplaced:         "Wo der Server steht, ist nicht angegeben.",
				trains:           "Nach eigener Angabe werden damit Modelle trainiert.",
				trainsNot:        "Nach eigener Angabe werden damit keine Modelle trainiert.",
				trainsUnsaid:     "Ob damit Modelle trainiert werden, ist nicht angegeben.",
				passes:           "Nach eigener Angabe wird es weitergegeben an: {names}.",
				elsewhere:        "Was an {names} geschickt wird, kann dort aufbewahrt werden.",
				sentAway:         "Etwas von diesem Gespräch wurde an {name} geschickt.",
				namesAnd:         " und ",
				regionNamed:      " in der Region „{region}“",
				regions:          map[string]string{"eu": " in der EU", "us": " in den Vereinigten Staaten", "uk": " im Vereinigten Königreich", "ca": " in Kanada", "au": " in Australien", "sg": " in Singapur", "ch": " in der Schweiz"},
			},
			unrecorded:       "Wird hier nicht aufgezeichnet.",
			recorded:         "Wenn Sie zustimmen, wird das Gespräch hier aufgezeichnet und aufbewahrt, bis es gelöscht wird.",
			recordedDay:      "Wenn Sie zustimmen, wird das Gespräch hier aufgezeichnet und einen Tag lang aufbewahrt.",
			recordedDays:     "Wenn Sie zustimmen, wird das Gespräch hier aufgezeichnet und {days} Tage lang aufbewahrt.",
			told:             "Das Gespräch wird hier aufgezeichnet und aufbewahrt, bis es gelöscht wird. Sie können das jederzeit ablehnen.",
			toldDay:          "Das Gespräch wird hier aufgezeichnet und einen Tag lang aufbewahrt. Sie können das jederzeit ablehnen.",
			toldDays:         "Das Gespräch wird hier aufgezeichnet und {days} Tage lang aufbewahrt. Sie können das jederzeit ablehnen.",
			readers:          "{organisation} kann es lesen, {uses}.",
			readersUnnamed:   "Die Organisation kann es lesen, {uses}.",
			and:              " und ",
			uses:             [3]string{tenant.Audit: "um später zeigen zu können, was gesagt wurde", tenant.Quality: "um die Antworten zu prüfen und zu verbessern", tenant.Learning: "als Nachweis Ihres Lernens"},
			askTranscript:    "Darf dieses Gespräch aufgezeichnet werden?",
			kept:             "Es wird hier als Text aufbewahrt, bis es gelöscht wird.",
			keptDay:          "Es wird hier einen Tag lang als Text aufbewahrt und dann gelöscht.",
			keptDays:         "Es wird hier {days} Tage lang als Text aufbewahrt und dann gelöscht.",
			askVoice:         "Darf Ihr Mikrofon benutzt werden? Es dient nur dazu, Sie zu verstehen, und der Ton wird hier nicht aufbewahrt.",
			back:             "Sie können das jederzeit zurücknehmen.",
			askVoiceToo:      "Darf Ihr Mikrofon benutzt werden? Es dient dazu, Sie zu verstehen. Der Ton wird nur aufbewahrt, wenn Sie auch dem zustimmen.",
			askSound:         "Darf auch der Ton aufbewahrt werden?",
			soundReply:       "Das ist die Stimme des Avatars.",
			soundBoth:        "Das ist die Stimme des Avatars und, wenn Sie Ihr Mikrofon einschalten, auch Ihre.",
			soundDay:         "Er wird hier, wie er ist und ohne dass etwas darin verborgen wird, einen Tag lang aufbewahrt und dann gelöscht.",
			soundDays:        "Er wird hier, wie er ist und ohne dass etwas darin verborgen wird, {days} Tage lang aufbewahrt und dann gelöscht.",
			listeners:        "{organisation} kann ihn anhören, {uses}.",
			listenersUnnamed: "Die Organisation kann ihn anhören, {uses}.",
			alsoDay:          "Wenn Sie auch dem zustimmen, wird außerdem der Ton einen Tag lang aufbewahrt.",
			alsoDays:         "Wenn Sie auch dem zustimmen, wird außerdem der Ton {days} Tage lang aufbewahrt.",
			microphoneToo:    "Sie können sprechen. Ihr Mikrofon wird erst benutzt, wenn Sie es einschalten.",
			microphone:       "Sie können sprechen. Ihr Mikrofon wird erst benutzt, wenn Sie es einschalten, und nur, um Sie zu verstehen.",
			keyboard:         "Ihr Mikrofon wird nicht benutzt. Sie schreiben, und der Avatar antwortet.",
			camera:           "Ihre Kamera wird erst benutzt, wenn Sie sie einschalten.",
			gone:             "Wenn Sie gehen, ist weg, was Sie gesagt haben.",
			goneHere:         "Wenn Sie gehen, ist auf diesem Server weg, was Sie gesagt haben.",
			reminded:         "Alle drei Stunden werden Sie daran erinnert, dass Sie mit einer KI sprechen und dass eine Pause guttut.",
			decided:          "Was Sie hier sagen, kann dazu dienen, ohne einen Menschen über Sie zu entscheiden. Wie entschieden wird: {at}",
			human:            "So entscheidet ein Mensch: {at}",
			help:             "Wenn Sie Hilfe brauchen: {at}",
			contact:          "Fragen zu Ihren Daten: {at}",
			dpo:              "Zuständig für den Datenschutz: {at}",
			privacy:          "Der eigene Hinweis der Organisation: {at}",
			complaint:        "Wenn Sie sich beschweren möchten: {at}",
		},
	}
}
