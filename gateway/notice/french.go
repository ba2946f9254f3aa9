package notice

import "mayfly/gateway/tenant"

func french() language {
	return language{
		locale: "fr", name: "Français", direction: "ltr", version: "2026-11-26",
		text: "Ceci est un avatar d’IA. Vous parlez avec un programme informatique, pas avec un être humain. " +
			"Ce service traite vos paroles uniquement en mémoire et les oublie à la fin de la session, " +
			"sauf si l’on vous prévient que la conversation est enregistrée. Vous pouvez le refuser. " +
			"Vous pouvez demander à tout moment à parler à un être humain.",
		spoken: "Bonjour. Avant de commencer : je suis une IA, pas un être humain. " +
			"Ce que vous dites reste ici en mémoire, puis disparaît, " +
			"sauf si l’on vous prévient d’un enregistrement. Vous pouvez le refuser. " +
			"Vous pouvez demander à tout moment à parler à un être humain.",
		minors: "Ceci est un avatar d’IA : un programme informatique, pas un être humain, même s’il y ressemble. " +
			"Il peut se tromper : pour ce qui compte, demande à un adulte. " +
			"Ce service oublie ce que tu dis à la fin de la session. " +
			"Ne donne pas ton nom complet ni ton adresse. " +
			"Tu peux demander à tout moment à parler à un être humain.",
		minorsSpoken: "Bonjour. Avant de commencer : je suis une IA, un programme informatique, pas un être humain. Je peux me tromper. " +
			"Ce que tu dis disparaît d’ici quand nous avons fini. " +
			"Tu peux demander à tout moment à parler à un être humain.",
		fixed: map[Key]string{
			WhatIAm:     "Je suis une IA, un programme informatique. Je ne suis pas un être humain. Vous pouvez demander à tout moment à parler à un être humain.",
			Correction:  "Pour être clair, je suis une IA et non un être humain.",
			Expiring:    "Cette session va bientôt se terminer. Vous pourrez en commencer une autre.",
			Idle:        "Le silence dure depuis un moment. Pour continuer, dites ou écrivez simplement quelque chose.",
			Draining:    "Ce service va redémarrer, cette session se termine donc bientôt.",
			Unreachable: "Je n’arrive pas à joindre ce qui répond pour moi. Veuillez réessayer dans un instant.",
			Late:        "La réponse a pris trop de temps. Veuillez reposer votre question.",
			Broken:      "Un problème est survenu et je n’ai pas pu finir ma réponse. Veuillez reposer votre question.",
			Stopped:     "La réponse a été arrêtée.",
			Busy:        "Trop de personnes me parlent en ce moment. Veuillez réessayer dans un instant.",
			HumanAsked:  "J’ai demandé un être humain. Veuillez patienter un instant.",
			HumanHere:   "Vous parlez maintenant avec un être humain.",
			HumanGone:   "La personne est partie. Vous parlez de nouveau avec une IA.",
			HumanAbsent: "Aucun être humain n’est disponible pour le moment.",
			NoVoice:     "Je n’ai pas de voix pour cette langue, je réponds donc par écrit.",
			Reminder:    "Pour rappel : vous parlez avec une IA, pas avec un être humain.",
			Break:       "Vous parlez depuis longtemps. C’est un bon moment pour faire une pause.",
		},
		words: [words]string{NotRecorded: "Non enregistré", NotRecordedHere: "Non enregistré ici, envoyé à {names}", IfYouAgree: "Enregistré si vous êtes d’accord", UnlessYouSayNo: "Enregistré sauf si vous refusez"},
		facts: facts{
			answersHere: "Les réponses viennent de Mayfly lui-même, sur ce serveur.",
			chain: chain{
				answersElsewhere: "Les réponses viennent de {name}. Ce que vous dites y est envoyé.",
				speechElsewhere:  "La voix vient de {name}. Les réponses y sont envoyées pour être dites à voix haute.",
				hearsElsewhere:   "Votre voix est envoyée à {name} pour être transcrite.",
				answersInstead:   "Au besoin, les réponses viennent de {name}. Ce que vous dites y est alors envoyé.",
				speechInstead:    "Au besoin, la voix vient de {name}. Les réponses y sont alors envoyées pour être dites à voix haute.",
				toolElsewhere:    "Pour chercher quelque chose ou agir pour vous, l’avatar peut interroger {name}. Ce qu’il faut pour cela de ce que vous dites y est envoyé.",
				picturesToo:      "Les images que vous montrez y sont aussi envoyées.",
				undeclared:       "{name} n’a pas indiqué si cela est conservé, combien de temps et où, ni si cela sert à entraîner des modèles.",
				keepsUnsaid:      "{name} n’a pas indiqué si cela est conservé, ni pendant combien de temps.",
				keepsNone:        "{name} déclare n’en rien conserver.",
				keepsDay:         "{name} déclare conserver cela un jour au plus{where}.",
				keepsDays:        "{name} déclare conserver cela {days} jours au plus{where}.",
				placed:           "D’après sa déclaration, le serveur se trouve{where}.",
				unplaced:         "Le lieu du serveur n’a pas été indiqué.",
				trains:           "D’après sa déclaration, cela sert à entraîner des modèles.",
				trainsNot:        "D’après sa déclaration, cela ne sert pas à entraîner des modèles.",
				trainsUnsaid:     "Il n’a pas été indiqué si cela sert à entraîner des modèles.",
				passes:           "D’après sa déclaration, cela est transmis à {names}.",
				elsewhere:        "Ce qui est envoyé à {names} peut y être conservé.",
				sentAway:         "Une partie de cette conversation a été envoyée à {name}.",
				namesAnd:         " et ",
				regionNamed:      " dans la région « {region} »",
				regions:          map[string]string{"eu": " dans l’UE", "us": " aux États-Unis", "uk": " au Royaume-Uni", "ca": " au Canada", "au": " en Australie", "sg": " à Singapour", "ch": " en Suisse"},
			},
			unrecorded:       "Rien n’est enregistré ici.",
			recorded:         "Si vous êtes d’accord, la conversation est enregistrée ici et gardée jusqu’à sa suppression.",
			recordedDay:      "Si vous êtes d’accord, la conversation est enregistrée ici et gardée un jour.",
			recordedDays:     "Si vous êtes d’accord, la conversation est enregistrée ici et gardée {days} jours.",
			told:             "La conversation est enregistrée ici et gardée jusqu’à sa suppression. Vous pouvez le refuser à tout moment.",
			toldDay:          "La conversation est enregistrée ici et gardée un jour. Vous pouvez le refuser à tout moment.",
			toldDays:         "La conversation est enregistrée ici et gardée {days} jours. Vous pouvez le refuser à tout moment.",
			readers:          "{organisation} peut la lire, {uses}.",
			readersUnnamed:   "L’organisation peut la lire, {uses}.",
			and:              " et ",
			uses:             [3]string{tenant.Audit: "pour pouvoir montrer plus tard ce qui a été dit", tenant.Quality: "pour vérifier et améliorer les réponses", tenant.Learning: "comme trace de votre apprentissage"},
			askTranscript:    "Cette conversation peut-elle être enregistrée ?",
			kept:             "Elle est gardée ici sous forme de texte jusqu’à sa suppression.",
			keptDay:          "Elle est gardée ici sous forme de texte pendant un jour, puis supprimée.",
			keptDays:         "Elle est gardée ici sous forme de texte pendant {days} jours, puis supprimée.",
			askVoice:         "Votre micro peut-il être utilisé ? Il sert seulement à comprendre ce que vous dites, et le son n’est pas gardé ici.",
			back:             "Vous pouvez revenir sur ce choix à tout moment.",
			askVoiceToo:      "Votre micro peut-il être utilisé ? Il sert à comprendre ce que vous dites. Le son n’est gardé que si vous acceptez cela aussi.",
			askSound:         "Le son peut-il être gardé aussi ?",
			soundReply:       "C’est la voix de l’avatar.",
			soundBoth:        "C’est la voix de l’avatar, et la vôtre si vous activez votre micro.",
			soundDay:         "Il est gardé ici tel quel, sans que rien y soit masqué, pendant un jour, puis supprimé.",
			soundDays:        "Il est gardé ici tel quel, sans que rien y soit masqué, pendant {days} jours, puis supprimé.",
			listeners:        "{organisation} peut l’écouter, {uses}.",
			listenersUnnamed: "L’organisation peut l’écouter, {uses}.",
			alsoDay:          "Si vous acceptez cela aussi, le son est également gardé, pendant un jour.",
			alsoDays:         "Si vous acceptez cela aussi, le son est également gardé, pendant {days} jours.",
			microphoneToo:    "Vous pouvez parler. Votre micro n’est utilisé qu’une fois que vous l’avez activé.",
			microphone:       "Vous pouvez parler. Votre micro n’est utilisé qu’une fois que vous l’avez activé, et seulement pour comprendre ce que vous dites.",
			keyboard:         "Votre micro n’est pas utilisé. Vous écrivez et l’avatar répond.",
			camera:           "Votre caméra n’est utilisée qu’une fois que vous l’avez activée.",
			gone:             "Quand vous partez, ce que vous avez dit disparaît.",
			goneHere:         "Quand vous partez, ce que vous avez dit disparaît de ce serveur.",
			reminded:         "Toutes les trois heures, on vous rappelle que vous parlez avec une IA et qu’il est bon de faire une pause.",
			decided:          "Ce que vous dites ici peut servir à prendre des décisions à votre sujet sans intervention humaine. Comment elles sont prises : {at}",
			human:            "Pour qu’une personne décide : {at}",
			help:             "Si vous avez besoin d’aide : {at}",
			contact:          "Questions sur vos données : {at}",
			dpo:              "Protection des données, personne responsable : {at}",
			privacy:          "Les informations de l’organisation elle-même : {at}",
			complaint:        "Pour faire une réclamation : {at}",
		},
	}
}
