package notice

import "mayfly/gateway/tenant"

func spanish() language {
	return language{
		locale: "es", name: "Español", direction: "ltr", version: "2026-11-26",
		text: "Este es un avatar de IA. Usted habla con un programa informático, no con un ser humano. " +
			"Este servicio trata sus palabras solo en memoria y las olvida cuando termina la sesión, " +
			"salvo que se le avise de que la conversación se graba. Puede negarse a ello. " +
			"Puede pedir hablar con un ser humano en cualquier momento.",
		spoken: "Hola. Antes de empezar: soy una IA, no un ser humano. " +
			"Lo que usted diga se queda aquí en memoria y desaparece cuando terminemos, " +
			"salvo que se le avise de que se graba. Puede negarse a ello. " +
			"Puede pedir hablar con un ser humano en cualquier momento.",
		minors: "Este es un avatar de IA: un programa informático, no un ser humano, aunque lo parezca. " +
			"Puede equivocarse: para lo importante, pregunta a una persona adulta. " +
			"Este servicio olvida lo que dices cuando termina la sesión. " +
			"No le digas tu nombre completo ni dónde vives. " +
			"Puedes pedir hablar con un ser humano en cualquier momento.",
		minorsSpoken: "Hola. Antes de empezar: soy una IA, un programa informático, no un ser humano. Puedo equivocarme. " +
			"Lo que digas desaparece de aquí cuando terminemos. " +
			"Puedes pedir hablar con un ser humano en cualquier momento.",
		fixed: map[Key]string{
			WhatIAm:     "Soy una IA, un programa informático. No soy un ser humano. Puede pedir hablar con un ser humano en cualquier momento.",
			Correction:  "Para que quede claro, soy una IA y no un ser humano.",
			Expiring:    "Esta sesión está a punto de terminar. Después puede empezar otra.",
			Idle:        "Llevamos un rato en silencio. Si quiere seguir, diga o escriba algo.",
			Draining:    "Este servicio está a punto de reiniciarse, así que la sesión terminará pronto.",
			Unreachable: "Ahora mismo no consigo conectar con lo que responde por mí. Inténtelo de nuevo dentro de un momento.",
			Late:        "La respuesta ha tardado demasiado. Pregunte otra vez, por favor.",
			Broken:      "Algo ha fallado y no he podido terminar la respuesta. Pregunte otra vez, por favor.",
			Stopped:     "La respuesta se ha detenido.",
			Busy:        "Hay demasiadas personas hablando conmigo en este momento. Inténtelo de nuevo dentro de un momento.",
			HumanAsked:  "He pedido que venga un ser humano. Espere un momento, por favor.",
			HumanHere:   "Ahora habla con un ser humano.",
			HumanGone:   "La persona se ha ido. Ahora habla otra vez con una IA.",
			HumanAbsent: "En este momento no hay ningún ser humano disponible.",
			NoVoice:     "No tengo voz para este idioma, así que respondo por escrito.",
			Reminder:    "Un recordatorio: habla con una IA, no con un ser humano.",
			Break:       "Lleva mucho tiempo hablando. Es un buen momento para hacer una pausa.",
		},
		words: [words]string{NotRecorded: "No se graba", NotRecordedHere: "No se graba aquí, se envía a {names}", IfYouAgree: "Se graba si usted está de acuerdo", UnlessYouSayNo: "Se graba salvo que usted se niegue"},
		facts: facts{
			answersHere: "Las respuestas vienen del propio Mayfly, en este servidor.",
			chain: chain{
				answersElsewhere: "Las respuestas vienen de {name}. Lo que usted dice se envía allí.",
				speechElsewhere:  "La voz viene de {name}. Las respuestas se envían allí para decirlas en voz alta.",
				hearsElsewhere:   "Su voz se envía a {name} para pasarla a texto.",
				answersInstead:   "Si hace falta, las respuestas vienen de {name}. Lo que usted dice se envía entonces allí.",
				speechInstead:    "Si hace falta, la voz viene de {name}. Las respuestas se envían entonces allí para ser dichas en voz alta.",
				toolElsewhere:    "Para consultar algo o hacer algo por usted, el avatar puede preguntar a {name}. Lo que haga falta de lo que usted dice se envía allí.",
				picturesToo:      "Las imágenes que usted muestra también se envían allí.",
				undeclared:       "{name} no ha declarado si lo guarda, durante cuánto tiempo ni dónde, ni si entrena modelos con ello.",
				keepsUnsaid:      "{name} no ha declarado si lo guarda ni durante cuánto tiempo.",
				keepsNone:        "{name} declara que no guarda nada de ello.",
				keepsDay:         "{name} declara que lo guarda un día como máximo{where}.",
				keepsDays:        "{name} declara que lo guarda {days} días como máximo{where}.",
				placed:           "Según declara, su servidor está{where}.",
				unplaced:         "No ha declarado dónde está su servidor.",
				trains:           "Según declara, entrena modelos con ello.",
				trainsNot:        "Según declara, no entrena modelos con ello.",
				trainsUnsaid:     "No ha declarado si entrena modelos con ello.",
				passes:           "Según declara, lo transmite a {names}.",
				elsewhere:        "Lo que se envía a {names} puede guardarse allí.",
				sentAway:         "Una parte de esta conversación se envió a {name}.",
				namesAnd:         " y a ",
				regionNamed:      " en la región «{region}»",
				regions:          map[string]string{"eu": " en la UE", "us": " en los Estados Unidos", "uk": " en el Reino Unido", "ca": " en Canadá", "au": " en Australia", "sg": " en Singapur", "ch": " en Suiza"},
			},
			unrecorded:       "Aquí no se graba nada.",
			recorded:         "Si usted está de acuerdo, la conversación se graba aquí y se guarda hasta que se borre.",
			recordedDay:      "Si usted está de acuerdo, la conversación se graba aquí y se guarda un día.",
			recordedDays:     "Si usted está de acuerdo, la conversación se graba aquí y se guarda {days} días.",
			told:             "La conversación se graba aquí y se guarda hasta que se borre. Puede negarse a ello en cualquier momento.",
			toldDay:          "La conversación se graba aquí y se guarda un día. Puede negarse a ello en cualquier momento.",
			toldDays:         "La conversación se graba aquí y se guarda {days} días. Puede negarse a ello en cualquier momento.",
			readers:          "{organisation} puede leerla, {uses}.",
			readersUnnamed:   "La organización puede leerla, {uses}.",
			and:              " y ",
			uses:             [3]string{tenant.Audit: "para poder mostrar más tarde lo que se dijo", tenant.Quality: "para revisar y mejorar las respuestas", tenant.Learning: "como constancia de su aprendizaje"},
			askTranscript:    "¿Se puede grabar esta conversación?",
			kept:             "Se guarda aquí como texto hasta que se borre.",
			keptDay:          "Se guarda aquí como texto durante un día y después se borra.",
			keptDays:         "Se guarda aquí como texto durante {days} días y después se borra.",
			askVoice:         "¿Se puede usar su micrófono? Solo sirve para entender lo que dice, y el sonido no se guarda aquí.",
			back:             "Puede cambiar de opinión en cualquier momento.",
			askVoiceToo:      "¿Se puede usar su micrófono? Sirve para entender lo que dice. El sonido solo se guarda si también acepta eso.",
			askSound:         "¿Se puede guardar también el sonido?",
			soundReply:       "Es la voz del avatar.",
			soundBoth:        "Es la voz del avatar, y la suya si enciende el micrófono.",
			soundDay:         "Se guarda aquí tal como es, sin ocultar nada en él, durante un día y después se borra.",
			soundDays:        "Se guarda aquí tal como es, sin ocultar nada en él, durante {days} días y después se borra.",
			listeners:        "{organisation} puede escucharlo, {uses}.",
			listenersUnnamed: "La organización puede escucharlo, {uses}.",
			alsoDay:          "Si también acepta eso, se guarda además el sonido, durante un día.",
			alsoDays:         "Si también acepta eso, se guarda además el sonido, durante {days} días.",
			microphoneToo:    "Puede hablar. Su micrófono solo se usa cuando usted lo enciende.",
			microphone:       "Puede hablar. Su micrófono solo se usa cuando usted lo enciende, y solo para entender lo que dice.",
			keyboard:         "Su micrófono no se usa. Usted escribe y el avatar responde.",
			camera:           "Su cámara solo se usa cuando usted la enciende.",
			gone:             "Cuando se vaya, lo que ha dicho desaparece.",
			goneHere:         "Cuando se vaya, lo que ha dicho desaparece de este servidor.",
			reminded:         "Cada tres horas se le recuerda que habla con una IA y que conviene hacer una pausa.",
			decided:          "Lo que usted diga aquí puede servir para tomar decisiones sobre usted sin intervención humana. Cómo se toman: {at}",
			human:            "Para que decida una persona: {at}",
			help:             "Si necesita ayuda: {at}",
			contact:          "Preguntas sobre sus datos: {at}",
			dpo:              "Protección de datos, persona responsable: {at}",
			privacy:          "El aviso de la propia organización: {at}",
			complaint:        "Si quiere presentar una queja: {at}",
		},
	}
}
