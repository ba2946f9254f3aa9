package notice

func german() language {
	return language{
		locale: "de", name: "Deutsch", direction: "ltr", version: "2026-11-23",
		text: "Das ist ein KI-Avatar. Sie sprechen mit einem Computerprogramm, nicht mit einem Menschen. " +
			"Dieser Dienst verarbeitet Ihre Worte nur im Arbeitsspeicher und vergisst sie, wenn die Sitzung endet. " +
			"Nichts wird aufgezeichnet, ohne dass man es Ihnen vorher sagt. " +
			"Sie können jederzeit nach einem Menschen fragen.",
		spoken: "Guten Tag. Bevor wir anfangen: Ich bin eine KI, kein Mensch. " +
			"Was Sie sagen, bleibt hier nur im Arbeitsspeicher und ist weg, wenn wir fertig sind. " +
			"Es wird nicht aufgezeichnet, außer man sagt es Ihnen. " +
			"Sie können jederzeit nach einem Menschen fragen.",
		fixed: map[Key]string{
			WhatIAm:      "Ich bin eine KI, also ein Computerprogramm. Ich bin kein Mensch. Sie können jederzeit nach einem Menschen fragen.",
			Correction:   "Damit es klar ist: Ich bin eine KI und kein Mensch.",
			Expiring:     "Diese Sitzung endet gleich. Sie können danach eine neue beginnen.",
			Idle:         "Es war eine Weile still. Wenn Sie weitermachen möchten, sagen oder schreiben Sie einfach etwas.",
			Draining:     "Dieser Dienst wird gleich neu gestartet, deshalb endet die Sitzung bald.",
			Unreachable:  "Ich erreiche gerade nicht, was für mich antwortet. Bitte versuchen Sie es gleich noch einmal.",
			Late:         "Die Antwort hat zu lange gedauert. Bitte fragen Sie noch einmal.",
			Broken:       "Etwas ist schiefgegangen, und ich konnte die Antwort nicht beenden. Bitte fragen Sie noch einmal.",
			Stopped:      "Die Antwort wurde angehalten.",
			Busy:         "Gerade sprechen zu viele Menschen mit mir. Bitte versuchen Sie es gleich noch einmal.",
			HumanAsked:   "Ich habe einen Menschen gerufen. Bitte warten Sie einen Moment.",
			HumanHere:    "Sie sprechen jetzt mit einem Menschen.",
			HumanGone:    "Der Mensch ist gegangen. Sie sprechen wieder mit einer KI.",
			HumanAbsent:  "Im Moment ist kein Mensch erreichbar.",
			NoVoice:      "Für diese Sprache habe ich keine Stimme, deshalb antworte ich schriftlich.",
			RecordingOn:  "Ab jetzt wird dieses Gespräch aufgezeichnet.",
			RecordingOff: "Ab jetzt wird dieses Gespräch hier nicht aufgezeichnet.",
			Gone:         "Die Sitzung ist zu Ende. Nichts von dem, was Sie gesagt haben, bleibt hier gespeichert.",
		},
		facts: facts{
			answersHere:      "Die Antworten kommen von Mayfly selbst, auf diesem Server.",
			answersElsewhere: "Die Antworten kommen von {name}. Was Sie sagen, wird dorthin geschickt.",
			speechElsewhere:  "Die Stimme kommt von {name}. Die Antworten werden dorthin geschickt, um gesprochen zu werden.",
			hearsElsewhere:   "Ihre Stimme wird an {name} geschickt, um sie in Text umzuwandeln.",
			undeclared:       "{name} hat nicht angegeben, wie lange dort etwas gespeichert wird.",
			declared:         "{name} gibt an: „{statement}“",
			unrecorded:       "Wird hier nicht aufgezeichnet.",
			recorded:         "Wenn Sie zustimmen, wird das Gespräch hier aufgezeichnet und aufbewahrt, bis es gelöscht wird.",
			recordedDay:      "Wenn Sie zustimmen, wird das Gespräch hier aufgezeichnet und einen Tag lang aufbewahrt.",
			recordedDays:     "Wenn Sie zustimmen, wird das Gespräch hier aufgezeichnet und {days} Tage lang aufbewahrt.",
			microphone:       "Sie können sprechen. Ihr Mikrofon wird erst benutzt, wenn Sie es einschalten, und nur, um Sie zu verstehen.",
			keyboard:         "Ihr Mikrofon wird nicht benutzt. Sie schreiben, und der Avatar antwortet.",
			camera:           "Ihre Kamera wird erst benutzt, wenn Sie sie einschalten.",
			gone:             "Wenn Sie gehen, ist weg, was Sie gesagt haben.",
			goneHere:         "Wenn Sie gehen, ist auf diesem Server weg, was Sie gesagt haben.",
			contact:          "Fragen zu Ihren Daten: {at}",
			privacy:          "Der eigene Hinweis der Organisation: {at}",
			complaint:        "Wenn Sie sich beschweren möchten: {at}",
		},
	}
}
